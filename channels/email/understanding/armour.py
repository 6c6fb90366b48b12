"""What OpenPGP writes around words that are signed where they stand (RFC 9580 §7)."""

_BEGINS = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_ENDS = "-----END PGP SIGNATURE-----"


def without_armour(lines: list[str]) -> list[str]:
    """The signed words alone, and what stands around all of it; lines have no white space at their end."""
    if _BEGINS not in lines:
        return lines
    kept: list[str] = []
    place = ""  # which of the lines above came last
    for line in lines:
        if line in (_BEGINS, _SIGNATURE):
            place = line
        elif line == _ENDS or (place == _BEGINS and not line):
            place = "" if line else "words"
        elif place == "words":
            kept.append(line.removeprefix("- "))
        elif not place:
            kept.append(line)
    return kept or lines
