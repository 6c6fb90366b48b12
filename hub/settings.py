"""All settings: read from the environment as HUB_NAME, or from the file that HUB_NAME_FILE names."""

import ipaddress
import os
import secrets
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from hub.errors import Invalid
from hub.transcription import engine_names

Source = Literal["default", "environment", "file", "generated"]


class _FromFiles(PydanticBaseSettingsSource):
    """HUB_X_FILE: the setting's value is that file's content without the line end (for container secrets)."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"HUB_{field_name.upper()}_FILE")
        return (Path(path).read_text().rstrip("\r\n") if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}


class Settings(BaseSettings):
    """Frozen; made once by `load()` at the edge and passed as an argument."""

    model_config = SettingsConfigDict(env_prefix="HUB_", frozen=True, extra="ignore")

    data_dir: Path = Field(
        Path("var"), description="Folder for the SQLite database, attachments and the generated secret."
    )
    database_url: str = Field(
        "", description="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME. Empty: hub.db in the data folder."
    )
    host: str = Field("127.0.0.1", description="Address to listen on for HTTP.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on for HTTP.")
    public_url: str = Field(
        "",
        description="The address that providers and browsers use, https://… ; webhooks are verified over it. "
        "Empty: http://HOST:PORT.",
    )
    trusted_proxies: str = Field(
        "127.0.0.1, ::1",
        description="Addresses or networks of the reverse proxies in front, whose X-Forwarded-For is believed: "
        "whoever guesses passwords, or floods the chat, is slowed down by their own address.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="Signs reply addresses and sessions. Empty: generated once into the data folder."
    )
    smtp_listen: str = Field(
        "", description="HOST:PORT for incoming mail. Empty: off (with the simulator: 127.0.0.1:2525)."
    )
    lmtp_listen: str = Field("", description="HOST:PORT for mail by LMTP, from Postfix or Dovecot. Empty: off.")
    smtp_certificate: Path | None = Field(
        None, description="PEM file with the certificate and its chain: incoming mail may be encrypted (STARTTLS)."
    )
    smtp_key: Path | None = Field(
        None, description="PEM file with its key. Empty: it stands in the certificate's file."
    )
    smtp_connections: int = Field(100, ge=1, le=10_000, description="How many mail servers may be connected at once.")
    smtp_connections_per_peer: int = Field(20, ge=1, le=10_000, description="The same from one address.")
    max_mail_bytes: int = Field(
        36_700_160, ge=10_000, description="The largest mail taken, in bytes (25 MB of attachments as they travel)."
    )
    max_upload_bytes: int = Field(
        26_214_400,
        ge=10_000,
        description="The largest file that an agent may attach, in bytes; inboxes may allow less.",
    )
    files_url: str = Field(
        "", description="s3://BUCKET/PREFIX of an S3-compatible store for attachments. Empty: the data folder."
    )
    files_endpoint: str = Field("", description="https://… of that store. Empty: Amazon's, by region.")
    files_region: str = Field("", description="Its region, such as eu-west-2.")
    files_key_id: str = Field(
        "", description="Signs in there. Empty: as AWS_… in the environment, or the machine's role."
    )
    files_secret: SecretStr = Field(SecretStr(""), description="The secret that belongs to the key id.")
    clamd: str = Field(
        "",
        description="HOST:PORT or unix:/PATH of ClamAV's clamd: files are held until it has seen them. Empty: off.",
    )
    transcriber: str = Field(
        "",
        description="Drafts the words of voicemails on this machine: whisper:FOLDER of a model, or sphinx. Empty: off.",
    )
    undo_seconds: int = Field(
        10,
        ge=0,
        le=120,
        description="How long a mail written in the console waits and can be undone. 0: it leaves at once.",
    )
    remote_pictures: bool = Field(
        True,
        description="Whether an agent may have the hub fetch the pictures that a mail names on the internet. "
        "false: nobody can.",
    )
    simulator: bool = Field(
        False, description="Plays the citizens' side on /simulator. Refused when an inbox uses a real provider."
    )
    simulator_smtp: str = Field(
        "127.0.0.1:1025", description="HOST:PORT where the simulator takes the hub's outgoing mail."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is written to stderr.")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for each in filter(None, (part.strip() for part in value.split(","))):
            try:
                ipaddress.ip_network(each)
            except ValueError:
                raise ValueError("must be addresses or networks with commas between, such as 10.0.0.0/24") from None
        return value

    @field_validator("smtp_listen", "lmtp_listen", "simulator_smtp")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if value and not (host and colon and port.isdigit() and int(port) < 65536):
            raise ValueError("must be HOST:PORT, such as 127.0.0.1:2525")
        return value

    @field_validator("clamd")
    @classmethod
    def _host_and_port_or_path(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if value.startswith("unix:/") or not value or (host and colon and port.isdigit() and int(port) < 65536):
            return value
        raise ValueError("must be HOST:PORT or unix:/PATH, such as 127.0.0.1:3310")

    @field_validator("transcriber")
    @classmethod
    def _engine(cls, value: str) -> str:
        if value and value.partition(":")[0] not in engine_names():
            raise ValueError(f"must be one of {', '.join(engine_names())}, and :FOLDER of its model where it needs one")
        return value

    @field_validator("files_url")
    @classmethod
    def _bucket(cls, value: str) -> str:
        if value and (urlsplit(value).scheme != "s3" or not urlsplit(value).netloc):
            raise ValueError("must be s3://BUCKET or s3://BUCKET/PREFIX")
        return value

    @field_validator("files_endpoint")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @field_validator("public_url")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgres://", "postgresql+psycopg://")):
            raise ValueError("must start with sqlite:/// or postgresql://")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _FromFiles(settings_cls)

    @property
    def url(self) -> str:
        """The database's URL with its default and driver filled in, as SQLAlchemy takes it."""
        if not self.database_url:
            return f"sqlite:///{(self.data_dir / 'hub.db').absolute()}"
        for prefix in ("postgresql://", "postgres://"):
            if self.database_url.startswith(prefix):
                return "postgresql+psycopg://" + self.database_url.removeprefix(prefix)
        return self.database_url

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def base_url(self) -> str:
        """The public URL with its default filled in, without a slash at the end."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def mail_domain(self) -> str:
        """Names the hub in Message-IDs: the public URL's host."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def smtp_address(self) -> tuple[str, int] | None:
        value = self.smtp_listen or ("127.0.0.1:2525" if self.simulator else "")
        return split_address(value) if value else None

    @property
    def lmtp_address(self) -> tuple[str, int] | None:
        return split_address(self.lmtp_listen) if self.lmtp_listen else None

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"

    @property
    def secret(self) -> str:
        return self.secret_key.get_secret_value()


def split_address(value: str) -> tuple[str, int]:
    """HOST:PORT taken apart; an IPv6 address may stand in brackets."""
    host, _, port = value.rpartition(":")
    return host.strip("[]"), int(port)


def load(**given: Any) -> Settings:
    """The settings of this process; makes the data folder, and a secret in it when none is set. Raises Invalid."""
    try:
        settings = Settings(**given)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if settings.secret:
            return settings
        return settings.model_copy(update={"secret_key": SecretStr(_generated_secret(settings.data_dir))})
    except ValidationError as error:
        problems = "; ".join(
            f"HUB_{str(e['loc'][0]).upper()} {e['msg'].removeprefix('Value error, ')}" for e in error.errors()
        )
        raise Invalid(f"The settings are wrong: {problems}.") from None
    except OSError as error:
        raise Invalid(f"The settings can't be read, or the data folder can't be written: {error}.") from None


def sources(settings: Settings) -> dict[str, Source]:
    """Where each setting's value came from."""
    found: dict[str, Source] = {}
    for name in Settings.model_fields:
        variable = f"HUB_{name.upper()}"
        if variable in os.environ:
            found[name] = "environment"
        elif f"{variable}_FILE" in os.environ:
            found[name] = "file"
        else:
            found[name] = "generated" if name == "secret_key" else "default"
    return found


def _generated_secret(data_dir: Path) -> str:
    path = data_dir / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    return path.read_text().strip()
