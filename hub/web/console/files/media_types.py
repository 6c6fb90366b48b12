"""What a browser shows or plays without running anything of it."""

from hub.files.pictures import PICTURES as PICTURES

SOUNDS = frozenset({"audio/wav", "audio/x-wav", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/webm"})
