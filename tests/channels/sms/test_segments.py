"""How many parts a text takes."""

import pytest

from channels.sms.segments import segments


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", "gsm-7", 0, 0),
        ("a", "gsm-7", 1, 1),
        ("à" * 160, "gsm-7", 160, 1),
        ("à" * 161, "gsm-7", 161, 2),
        ("a" * 306, "gsm-7", 306, 2),
        ("a" * 307, "gsm-7", 307, 3),
        ("^" * 80, "gsm-7", 160, 1),
        ("^" * 81, "gsm-7", 162, 2),
        ("€" * 153, "gsm-7", 306, 3),  # 76 a part: none is cut in two
        ("a" * 152 + "€" + "a" * 152, "gsm-7", 306, 3),
        ("line\nbreak\r\f", "gsm-7", 13, 1),
        ("ÿ" * 70, "ucs-2", 70, 1),
        ("ÿ" * 71, "ucs-2", 71, 2),
        ("ÿ" * 134, "ucs-2", 134, 2),
        ("ÿ" * 135, "ucs-2", 135, 3),
        ("à" * 70 + "ÿ", "ucs-2", 71, 2),
        ("😀" * 35, "ucs-2", 70, 1),
        ("😀" * 36, "ucs-2", 72, 2),
        ("😀" * 66, "ucs-2", 132, 2),
        ("😀" * 67, "ucs-2", 134, 3),  # 33 a part: none is cut in two
        ("\x00", "ucs-2", 1, 1),
        ("`", "ucs-2", 1, 1),
    ],
)
def test_a_text_takes_as_many_parts_as_the_standard_says(text: str, encoding: str, units: int, parts: int) -> None:
    size = segments(text)
    assert (size.encoding, size.units, size.parts) == (encoding, units, parts)
