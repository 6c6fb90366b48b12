"""Whose number is this: E.164 by the council's country, or nobody's."""

import phonenumbers
import pytest

from channels.contract import Address
from channels.numbers import e164, is_withheld, telephone


@pytest.mark.parametrize(
    ("written", "country", "expected"),
    [
        ("+447700900123", "GB", "+447700900123"),
        ("07700 900123", "GB", "+447700900123"),
        ("(020) 7946 0018", "GB", "+442079460018"),
        ("447700900123", "GB", "+447700900123"),
        (" 447700900123", "GB", "+447700900123"),  # a plus that a sloppy sender left unescaped
        ("0044 7700 900123", "GB", "+447700900123"),
        ("+4407700900123", "GB", "+447700900123"),
        ("(206) 555-0100", "US", "+12065550100"),
        ("030 901820", "DE", "+4930901820"),
        ("+12065550100", "GB", "+12065550100"),
        ("60006", "GB", None),
        ("72345", "DE", None),
        ("AnytownNHS", "GB", None),
        ("0800FLOWERS", "GB", None),
        ("+999", "GB", None),
        ("", "GB", None),
    ],
)
def test_a_number_is_understood_by_the_councils_country(written: str, country: str, expected: str | None) -> None:
    assert e164(written, country) == expected


@pytest.mark.parametrize(
    "number",
    [
        "",
        " ",
        "anonymous",
        "Anonymous",
        "RESTRICTED",
        "unavailable",
        "unknown",
        "private",
        "+266696687",
        "+86282452253",
        "+464",
        "+7378742833",
        "+8656696",
        "+2562533",
        "sip:anonymous@anonymous.invalid",
    ],
)
def test_a_withheld_number_is_nobodys_address(number: str) -> None:
    assert is_withheld(number)
    assert telephone(number, "GB") is None


@pytest.mark.parametrize("number", ["+447700900123", "464", "60006", "+46401234567", "sip:anna@council.example"])
def test_a_number_that_only_looks_like_a_withheld_one_is_kept(number: str) -> None:
    assert not is_withheld(number)


@pytest.mark.parametrize(
    ("sender", "address"),
    [("60006", "tel:60006"), ("AnytownNHS", "tel:AnytownNHS"), ("07700900123", "tel:+447700900123")],
)
def test_short_codes_and_names_are_kept_as_they_are(sender: str, address: str) -> None:
    assert telephone(sender, "GB") == Address.parse(address)


@pytest.mark.parametrize("number", ["+4407700900123", "+49030901820"])
def test_a_trunk_prefix_after_the_country_code_makes_no_second_person(number: str) -> None:
    assert telephone(number, "GB") == Address("tel", number[:3] + number[4:])


def test_numbers_of_every_country_are_one_address_whichever_way_they_are_read() -> None:
    e164_format = phonenumbers.PhoneNumberFormat.E164
    examples = [phonenumbers.example_number(region) for region in sorted(phonenumbers.SUPPORTED_REGIONS)]
    numbers = [phonenumbers.format_number(example, e164_format) for example in examples if example]
    assert len(numbers) > 200
    for number in numbers:
        assert telephone(number, "GB") == Address("tel", e164(number, "GB") or ""), number
