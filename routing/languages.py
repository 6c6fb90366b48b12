"""What languages are called."""

from collections.abc import Mapping

_NAMES: Mapping[str, str] = {  # by ISO 639 code; what councils hear most
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "cy": "Welsh", "de": "German", "en": "English", "es": "Spanish",
    "fa": "Persian", "fr": "French", "ga": "Irish", "gd": "Scottish Gaelic", "gu": "Gujarati", "hi": "Hindi",
    "hu": "Hungarian", "it": "Italian", "ku": "Kurdish", "lt": "Lithuanian", "nl": "Dutch", "pa": "Punjabi",
    "pl": "Polish", "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "so": "Somali",
    "sq": "Albanian", "ta": "Tamil", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "zh": "Chinese",
}  # fmt: skip


def language(tag: str) -> str:
    """Welsh for cy and cy-GB; a tag that isn't known is said as it is."""
    return _NAMES.get(tag.partition("-")[0].lower(), tag)


def tag_of(called: str) -> str:
    """cy for Welsh; what isn't the name of one that is known comes back as it is."""
    return _TAGS.get(called.strip().casefold(), called)


_TAGS = {name.casefold(): tag for tag, name in _NAMES.items()}


def language_called(tag: str) -> str:
    """Where the region matters: Welsh, English (en-GB)."""
    named = language(tag)
    return f"{named} ({tag})" if "-" in tag and named != tag else named
