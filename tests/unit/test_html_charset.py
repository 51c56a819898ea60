"""Which encoding a page is read in."""

import pytest

from rag.extract.decode import NotText
from rag.extract.html_charset import declared, decode_page


@pytest.mark.parametrize(
    ("page", "label"),
    [
        (b'<meta charset="koi8-r">', "koi8-r"),
        (b"<META CHARSET=koi8-r />", "koi8-r"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r"),
        (b"<meta content='text/html;charset=koi8-r' http-equiv=content-type>", "koi8-r"),
        (b'<!-- <meta charset="koi8-r"> --><meta charset="utf-8">', "utf-8"),
        (b'<!-- <meta charset="koi8-r">', None),
        (b'<meta name="description" content="charset=koi8-r">', None),
        (b'<metadata charset="koi8-r">', None),
        (b'<p data-charset="x">charset=koi8-r</p>', None),
        (b'<?xml version="1.0" encoding="iso-8859-2"?><html>', "iso-8859-2"),
        (b"<?xml version='1.0' encoding='koi8-r'?><meta charset='utf-8'>", "utf-8"),
        (b'<meta charset="">', None),
    ],
)
def test_what_a_page_declares(page: bytes, label: str | None) -> None:
    assert declared(page) == label


@pytest.mark.parametrize(
    "label", ["base64", "undefined", "rot13", "idna", "x" * 500, "klingon", "1"]
)
def test_a_charset_that_is_none_is_said(label: str) -> None:
    page = f'<meta charset="{label}"><p>Zoë was here.'
    decoded = decode_page(page.encode(), None)
    assert decoded.text == page
    assert decoded.notes == (
        f"the page's charset {label[:60]!r} is no encoding of text; read as utf-8",
    )


def test_a_page_that_is_not_what_it_says() -> None:
    page = "<meta charset=windows-1252><p>Zoë – yes."
    decoded = decode_page(page.encode(), None)
    assert (decoded.text, decoded.encoding) == (page, "utf-8")
    assert "says that it is in windows-1252, but it is valid UTF-8" in decoded.notes[0]
    wrong = page.replace("windows-1252", "utf-16")
    assert decode_page(wrong.encode(), None).text == wrong
    old = page.replace("windows-1252", "utf-8").encode("cp1252")
    assert decode_page(old, None).notes == ("not UTF-8; read as cp1252, which was detected",)


def test_a_few_bytes_that_do_not_fit_are_replaced_and_said() -> None:
    page = "<meta charset=shift_jis><p>日本語です。".encode("cp932") + b"\x81</p>"
    decoded = decode_page(page, None)
    assert decoded.text == page.decode("cp932", "replace")
    assert "1 byte not valid in cp932 replaced by U+FFFD" in decoded.notes[0]
    with pytest.raises(NotText):
        decode_page(b"<meta charset=shift_jis><p>" + b"\xff\x8f" * 99, None)


@pytest.mark.parametrize("encoding", ["shift_jis", "euc_jp", "iso2022_jp", "gb2312", "utf-16"])
def test_wide_encodings_are_taken_at_their_word(encoding: str) -> None:
    page = f"<meta charset={encoding}><p>中国 and 日本"
    assert decode_page(page.encode(encoding), None).text == page
