"""The pretend citizens: numbers from Ofcom's range for drama and tests, mail at a domain reserved by RFC 2606."""

from dataclasses import dataclass

WITHHELD = "anonymous"  # what the carrier says instead of a withheld number


@dataclass(frozen=True, slots=True)
class Citizen:
    slug: str
    name: str
    phone: str  # E.164
    mail: str
    reachable: bool = True  # False: the phone is switched off, and texts to it come back as undelivered

    @property
    def number(self) -> str:
        return as_written(self.phone)


CITIZENS = (
    Citizen("asha", "Asha Patel", "+447700900101", "asha.patel@example.org"),
    Citizen("tom", "Tom Evans", "+447700900102", "tom.evans@example.org"),
    Citizen("maria", "Maria Kowalska", "+447700900103", "maria.kowalska@example.org"),
    Citizen("idris", "Idris Morgan", "+447700900104", "idris.morgan@example.org"),
    Citizen("joan", "Joan Baker (phone switched off)", "+447700900105", "joan.baker@example.org", reachable=False),
)


def citizen(slug: str) -> Citizen:
    """The one of that slug, else the first."""
    return next((one for one in CITIZENS if one.slug == slug), CITIZENS[0])


def as_written(phone: str) -> str:
    """A number of the United Kingdom as it is written there, another as it is."""
    local = "0" + phone.removeprefix("+44")
    return f"{local[:5]} {local[5:]}" if phone.startswith("+44") else phone


def name_of(phone: str) -> str:
    return next((one.name for one in CITIZENS if one.phone == phone), "")


def is_reachable(phone: str) -> bool:
    return all(one.reachable for one in CITIZENS if one.phone == phone)
