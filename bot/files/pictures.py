"""Photos drawn anew: only what is to be seen is left, no camera, place, owner, thumbnail or second image. Pure."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageCms, ImageOps

from bot.files.refusing import BROKEN, LARGE, RefusedError

FORMATS = ("JPEG", "PNG", "WEBP")
LONG_SIDE = 2560
MOST_PIXELS = 51_000_000  # the largest that phones make: 8,160 by 6,144
DIRECT = ("RGB", "RGBA", "L", "LA", "CMYK")
QUALITY = 85

# Sizes are checked here before anything is drawn; the library would only warn.
Image.MAX_IMAGE_PIXELS = None


def redraw(data: bytes) -> tuple[str, bytes]:
    """Give type and bytes of the same picture, upright and at most 2,560 pixels long; RefusedError where it fails."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise RefusedError(LARGE)
            if opened.format == "JPEG":
                opened.draft("RGB", (LONG_SIDE, LONG_SIDE))
            return _written(_bare(_fitting(opened)), lossless=opened.format == "PNG")
    except RefusedError:
        raise
    except MemoryError as error:
        raise RefusedError(LARGE) from error
    except Exception as error:
        # The library raises whatever a broken file leads it into, from OSError to SyntaxError.
        raise RefusedError(BROKEN) from error


def _fitting(opened: Image.Image) -> Image.Image:
    # Made small before anything else, so that a large picture is in memory once or twice, not five times.
    see_through = opened.has_transparency_data
    drawn = opened if opened.mode in DIRECT else opened.convert("RGBA" if see_through else "RGB")
    drawn.thumbnail((LONG_SIDE, LONG_SIDE))
    upright = ImageOps.exif_transpose(drawn)
    return _in_srgb(upright).convert("RGBA" if see_through else "RGB")


def _in_srgb(image: Image.Image) -> Image.Image:
    """Turn the colours of another profile into those every screen shows; the profile itself is left behind."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK"):
        return image
    try:
        of_image = ImageCms.ImageCmsProfile(BytesIO(profile))
        turned = ImageCms.profileToProfile(image, of_image, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image
    return turned or image


def _bare(drawn: Image.Image) -> Image.Image:
    """Copy the points only: what else a file said hangs from the image it was read into."""
    bare = Image.new(drawn.mode, drawn.size)
    bare.paste(drawn)
    return bare


def _written(image: Image.Image, *, lossless: bool) -> tuple[str, bytes]:
    target = BytesIO()
    if lossless or image.mode == "RGBA":
        image.save(target, "PNG", optimize=True)
        return "png", target.getvalue()
    image.save(target, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return "jpg", target.getvalue()
