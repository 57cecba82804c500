"""Makes tests/data/files: what people send by mistake with a photo or document. Run: python -m tests.make_files."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image, ImageDraw, PngImagePlugin

FOLDER = Path(__file__).parent / "data" / "files"
OWNER = "Gemeente Voorbeeldstad, afdeling Voorbeelden"
PLACE = {1: "N", 2: (52.0, 5.0, 30.0), 3: "E", 4: (4.0, 18.0, 30.0)}
GPS, EXIF = 0x8825, 0x8769


def picture(size: tuple[int, int] = (320, 200)) -> Image.Image:
    """Draw a sign before a town hall, so that up and down can be told apart."""
    image = Image.new("RGB", size, "#d9ecff")
    drawing = ImageDraw.Draw(image)
    drawing.rectangle((0, size[1] // 2, size[0], size[1]), fill="#3f6b3f")
    drawing.rectangle((size[0] // 4, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4), fill="#8a4b2d")
    return image


def photo(size: tuple[int, int] = (320, 200)) -> bytes:
    """Make a photo that says where it was taken, by whose camera, and that lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned: the camera was held upright
    exif[0x010F], exif[0x013B], exif[0x8298] = "Voorbeeldcamera", OWNER, OWNER
    exif.get_ifd(EXIF)[0xA430] = OWNER  # CameraOwnerName
    exif.get_ifd(GPS).update(PLACE)
    target = BytesIO()
    picture(size).save(target, "JPEG", quality=80, exif=exif, comment=OWNER.encode(), xmp=_xmp())
    return target.getvalue()


def screenshot() -> bytes:
    """Make a PNG whose text chunks name who made it."""
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", OWNER)
    texts.add_itxt("XML:com.adobe.xmp", _xmp().decode(), zip=True)
    target = BytesIO()
    picture().save(target, "PNG", pnginfo=texts)
    return target.getvalue()


def webp() -> bytes:
    """Make a WebP that names who made it."""
    target = BytesIO()
    picture().save(target, "WEBP", xmp=_xmp())
    return target.getvalue()


NOTES = (
    ("h", "Bijeenkomst in Modeldam"),
    ("p", "Wij bespraken hoe gemeenten hun algoritmen publiceren."),
    ("h", "Besluiten"),
    ("i", "Het register krijgt een gezamenlijke handleiding."),
    ("h", "Afspraken"),
    ("i", "Gemeente Modeldam: schrijft de handleiding, voor 1 december 2026."),
    ("i", "Gemeente Voorbeeldstad zoekt drie gemeenten voor een proef."),
    ("h", "Rondvraag"),
    ("p", "Mevrouw Voorbeeld vroeg naar de planning."),
)


def notes_docx() -> bytes:
    """Make the notes of a meeting as Word writes them, with its author in the properties and a remark."""
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    style = {
        "h": '<w:pStyle w:val="Heading1"/>',
        "p": "",
        "i": '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>',
    }
    body = "".join(f"<w:p><w:pPr>{style[k]}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>" for k, text in NOTES)
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{kind}.document.main+xml"/>'
        f'<Override PartName="/word/styles.xml" ContentType="{kind}.styles+xml"/>'
        f'<Override PartName="/word/numbering.xml" ContentType="{kind}.numbering+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{office}/styles" Target="styles.xml"/>'
        f'<Relationship Id="r2" Type="{office}/numbering" Target="numbering.xml"/></Relationships>',
        "word/styles.xml": f'<w:styles {w}><w:style w:type="paragraph" w:styleId="Heading1">'
        '<w:name w:val="heading 1"/></w:style></w:styles>',
        "word/numbering.xml": f'<w:numbering {w}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt '
        'w:val="bullet"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>',
        "word/document.xml": f"<w:document {w}><w:body>{body}</w:body></w:document>",
    }
    return packed(parts)


def notes_odt() -> bytes:
    """Make the same notes as LibreOffice writes them."""
    wrap = {
        "h": '<text:h text:outline-level="1">{}</text:h>',
        "p": "<text:p>{}</text:p>",
        "i": "<text:list><text:list-item><text:p>{}</text:p></text:list-item></text:list>",
    }
    return open_document("".join(wrap[kind].format(text) for kind, text in NOTES))


def open_document(body: str, styles: str = "") -> bytes:
    """Make a text document of the elements in its body and its own styles."""
    spaces = ("office", "text", "style") if styles else ("office", "text")
    names = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in spaces)
    content = (
        f"<office:document-content {names}>{styles}<office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>"
    )
    return packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def notes_text() -> str:
    """Write the same notes as plain text."""
    marks = {"h": "\n{}:", "p": "\n{}", "i": "- {}"}
    return "\n".join(marks[kind].format(text) for kind, text in NOTES).strip() + "\n"


def packed(parts: dict[str, str]) -> bytes:
    """Pack parts as a document, the same bytes each time."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return target.getvalue()


def plan() -> pikepdf.Pdf:
    """Make a PDF with author, history, attachment, script, comments, a form, and a photo as its camera wrote it."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(400, 300)).obj
    image = Stream(pdf, photo())
    for name, value in {"/Type": Name.XObject, "/Subtype": Name.Image, "/Width": 320, "/Height": 200}.items():
        image[name] = value
    image.ColorSpace, image.BitsPerComponent, image.Filter = Name.DeviceRGB, 8, Name.DCTDecode
    image.Metadata = Stream(pdf, _xmp())
    twice = Stream(pdf, zlib.compress(photo()))
    for name, value in image.items():
        if name not in ("/Length", "/Metadata"):
            twice[name] = value
    twice.Filter = Array([Name.FlateDecode, Name.DCTDecode])
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page.Resources = Dictionary(XObject=Dictionary(Photo=image, Twice=twice), Font=Dictionary(F1=font))
    words = b"BT /F1 18 Tf 30 250 Td (Het vastgestelde plan) Tj ET "
    page.Contents = Stream(pdf, words + b"q 160 0 0 100 30 120 cm /Photo Do Q q 160 0 0 100 210 120 cm /Twice Do Q")
    page.PieceInfo = Dictionary(Voorbeeld=Dictionary(Private=String(OWNER)))
    page.Thumb = Stream(pdf, b"klein")
    page.AA = Dictionary(O=_script("open"))
    _hang_on(pdf, page)
    _catalogue(pdf)
    return pdf


def _hang_on(pdf: pikepdf.Pdf, page: pikepdf.Object) -> None:
    box = Stream(pdf, b"0.9 0.9 0.2 rg 0 0 120 16 re f BT /F1 10 Tf 2 4 Td (Voorstel) Tj ET")
    box.Type, box.Subtype, box.BBox = Name.XObject, Name.Form, Array([0, 0, 120, 16])
    box.Resources = page.Resources
    marks = [
        Dictionary(Subtype=Name.Text, Rect=Array([350, 250, 370, 270]), T=String(OWNER), Contents=String(OWNER)),
        Dictionary(Subtype=Name.FreeText, Rect=Array([30, 80, 150, 96]), T=String(OWNER), AP=Dictionary(N=box)),
        Dictionary(
            Subtype=Name.Widget, FT=Name.Tx, T=String("opsteller"), V=String("Vastgesteld"),
            DA=String("/F1 10 Tf 0 g"), Rect=Array([200, 80, 320, 96]), F=4,
        ),
        Dictionary(Subtype=Name.Link, Rect=Array([30, 30, 150, 46]), T=String(OWNER), A=Dictionary(
            S=Name.URI, URI=String("https://voorbeeldstad.example/plan"), Next=_script("next"))),
        Dictionary(Subtype=Name.Link, Rect=Array([200, 30, 320, 46]), A=_script("link")),
    ]  # fmt: skip
    page.Annots = Array([pdf.make_indirect(mark) for mark in marks])
    pdf.Root.AcroForm = Dictionary(
        Fields=Array([page.Annots[2]]), DR=Dictionary(Font=page.Resources.Font), DA=String("/F1 10 Tf 0 g"),
        NeedAppearances=True,
    )  # fmt: skip
    tree = Dictionary(Type=Name.StructTreeRoot, K=Dictionary(Type=Name.OBJR, Obj=page.Annots[0]))
    pdf.Root.StructTreeRoot = pdf.make_indirect(tree)


def _catalogue(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["lijst.txt"] = pikepdf.AttachedFileSpec(pdf, f"Bijlage van {OWNER}".encode(), filename="lijst.txt")
    pdf.Root.Names.JavaScript = Dictionary(Names=Array([String("s"), _script("names")]))
    pdf.Root.OpenAction = _script("start")
    pdf.Root.Metadata = Stream(pdf, _xmp())
    pdf.Root.Threads = Array([Dictionary(I=Dictionary(Author=String(OWNER)))])
    pdf.docinfo["/Author"], pdf.docinfo["/Producer"] = OWNER, OWNER


def _script(name: str) -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{OWNER} {name}')"))


def _revised(first: bytes) -> bytes:
    """Add a revision behind a PDF, as "save" does: what was there before it stays in the file."""
    start = first.rindex(b"startxref") + len(b"startxref\n")
    previous = int(first[start:].split()[0])
    place = len(first)
    new = b"900 0 obj\n(" + OWNER.encode() + b")\nendobj\n"
    table = b"xref\n900 1\n%010d 00000 n \n" % place
    size_and_root = first[first.rindex(b"trailer") : first.rindex(b"startxref")]
    trailer = size_and_root.replace(b"<<", b"<< /Prev %d" % previous, 1)
    return first + new + table + trailer + b"startxref\n%d\n%%%%EOF\n" % (place + len(new))


def _saved(pdf: pikepdf.Pdf, **how: object) -> bytes:
    target = BytesIO()
    pdf.save(target, static_id=True, **how)
    return target.getvalue()


def _bomb() -> bytes:
    """Make a PNG of 40,000 by 40,000 points that is small on disk."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    side = (40_000).to_bytes(4, "big")
    lines = zlib.compressobj(9)
    drawn = b"".join(lines.compress(bytes(5001) * 1000) for _ in range(40)) + lines.flush()
    head = chunk(b"IHDR", side + side + bytes([1, 0, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", drawn) + chunk(b"IEND", b"")


def _word() -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml", "docProps/core.xml"):
            archive.writestr(zipfile.ZipInfo(name), f"<x>{OWNER}</x>")
    return target.getvalue()


def files() -> dict[str, bytes]:
    """Give every file by its name."""
    whole = _revised(_saved(plan(), object_stream_mode=pikepdf.ObjectStreamMode.disable))
    return {
        "foto.jpg": photo(),
        "schermafbeelding.png": screenshot(),
        "plaatje.webp": webp(),
        "plan.pdf": whole,
        "plan-met-verkeerde-naam.jpg": whole,
        "op-slot.pdf": _saved(plan(), encryption=pikepdf.Encryption(owner="geheim", user="geheim", R=4)),
        "alleen-lezen.pdf": _saved(plan(), encryption=pikepdf.Encryption(owner="geheim", user="", R=4)),
        "plan.docx": _word(),
        "afgebroken.jpg": photo()[:2000],
        "bom.png": _bomb(),
        "leeg.pdf": b"",
        "verslag.docx": notes_docx(),
        "verslag.odt": notes_odt(),
        "verslag.txt": notes_text().encode(),
        "foto.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    }


def _xmp() -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator><rdf:Seq>'
        f"<rdf:li>{OWNER}</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, data in files().items():
        (FOLDER / name).write_bytes(data)
