"""Notices and bill of materials of a layer, read from wheels' metadata."""

from __future__ import annotations

import json

import pytest

from infra import notices

METADATA = "Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{more}\n"


@pytest.fixture
def packages(tmp_path):
    """Adds the metadata of a package to the folder."""

    def add(name: str, more: str, files: dict[str, str] | None = None):
        folder = tmp_path / "python" / f"{name}-1.0.dist-info"
        for path, text in {"METADATA": METADATA.format(name=name, more=more), **(files or {})}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        return tmp_path / "python"

    return add


@pytest.mark.parametrize(
    ("more", "licence"),
    [
        ("License-Expression: MIT OR Apache-2.0\nLicense: other", "MIT OR Apache-2.0"),
        ("License: BSD 3-Clause", "BSD 3-Clause"),
        ("Classifier: License :: OSI Approved :: MIT License", "MIT License"),
        (f"License: {'a whole licence ' * 10}\nClassifier: License :: OSI Approved :: Zope", "Zope"),
        ("", ""),
    ],
)
def test_a_licence_is_found_wherever_the_package_names_it(packages, more, licence):
    (package,) = notices.read(packages("one", more))
    assert package.licence == licence


def test_the_texts_are_found_at_old_and_new_places(packages):
    files = {"LICENSE": "old text", "licenses/vendored/COPYING.txt": "new text", "top_level.txt": "no terms"}
    (package,) = notices.read(packages("one", "License: MIT", files))
    assert set(package.terms) == {"old text", "new text"}
    text = notices.notices("base", [package])
    assert "one 1.0\nLicence: MIT" in text
    assert "old text" in text
    assert "no terms" not in text


def test_both_are_written_and_are_the_same_each_time(packages, tmp_path):
    packages("two", "License: MIT\nHome-page: https://two.example")
    folder = packages("One", "License-Expression: Apache-2.0")
    written = []
    for place in ("a", "b"):
        notices.write(folder, tmp_path / place, "base")
        written.append([(tmp_path / place / name).read_bytes() for name in ("base.txt", "base.cdx.json")])
    assert written[0] == written[1]
    bill = json.loads(written[0][1])
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert {c["purl"] for c in bill["components"]} == {"pkg:pypi/one@1.0", "pkg:pypi/two@1.0"}
    licences = {c["name"]: c["licenses"][0] for c in bill["components"]}
    assert licences["One"]["license"]["id"] == "Apache-2.0"
    assert b"https://two.example" in written[0][0]
