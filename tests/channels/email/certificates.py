"""Certificates of our own making, for the encrypted doors."""

import os
import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificate:
    """PEM files, and the authority that signed."""

    chain: Path
    key: Path
    authority: trustme.CA

    def trusting(self) -> ssl.SSLContext:
        """What a client needs that checks it."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context


def made_for(folder: Path, name: str, later: float = 0) -> Certificate:
    """For a host or an address; `later`: seconds by which its file's time is ahead."""
    authority = trustme.CA()
    issued = authority.issue_cert(name)
    made = Certificate(folder / "chain.pem", folder / "key.pem", authority)
    made.key.write_bytes(issued.private_key_pem.bytes())
    made.chain.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    if later:
        moment = made.chain.stat().st_mtime + later
        os.utime(made.chain, (moment, moment))
    return made
