"""What a layer has of other people: its third-party notices, and its bill of materials in CycloneDX's format.

Read from the wheels' own metadata in the folder that ships. On Lambda both are in /opt/notices, a pair for each layer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from importlib.metadata import Distribution, PackageMetadata
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

# Files of a wheel's metadata that say under which terms it may be used.
TERMS = ("licen[cs]e*", "copying*", "notice*", "authors*")
# The longest text in the metadata's field License that is a name; some have the whole licence there.
LONGEST_NAME = 100
_CLASSIFIER = "License :: OSI Approved :: "
# The same layer has the same bytes whenever it is built, so its bill of materials has no time of its own.
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package in a layer. `licence`: its name as the package gives it; empty: it gives none. `terms`: the texts."""

    name: str
    version: str
    licence: str
    url: str
    terms: tuple[str, ...]


def write(packages: Path, target: Path, layer: str) -> None:
    """Write `<layer>.txt` and `<layer>.cdx.json` about the folder `packages` into the folder `target`."""
    found = read(packages)
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{layer}.txt").write_text(notices(layer, found))
    (target / f"{layer}.cdx.json").write_text(bill_of_materials(layer, found))


def read(packages: Path) -> list[Package]:
    """The packages that were unpacked into a folder, by name."""
    found = (_package(folder) for folder in packages.glob("*.dist-info"))
    return sorted(found, key=lambda package: package.name.lower())


def notices(layer: str, packages: Iterable[Package]) -> str:
    """The notices as text: of each package name, version, licence, address, and the texts of its terms."""
    return "\n\n".join([f"Third-party software in the layer {layer}", *map(_notice, packages)]) + "\n"


def bill_of_materials(layer: str, packages: Iterable[Package]) -> str:
    """The packages in CycloneDX's format 1.6, as JSON."""
    # Imported here: only a build needs it, and a synthesis with all layers built does not.
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    licences = LicenseFactory()
    bill = Bom(
        components=[
            Component(
                name=package.name,
                version=package.version,
                type=ComponentType.LIBRARY,
                purl=(url := PackageURL("pypi", None, package.name, package.version)),
                bom_ref=url.to_string(),
                licenses=[licences.make_from_string(package.licence)] if package.licence else [],
            )
            for package in packages
        ]
    )
    content = "".join(component.bom_ref.value or "" for component in bill.components)
    bill.serial_number = uuid5(NAMESPACE_URL, layer + hashlib.sha256(content.encode()).hexdigest())
    bill.metadata.timestamp = _UNDATED
    bill.metadata.component = Component(name=f"ddp-{layer}", type=ComponentType.LIBRARY, bom_ref=layer)
    bill.register_dependency(bill.metadata.component, bill.components)
    return JsonV1Dot6(bill).output_as_string(indent=2)


def _package(folder: Path) -> Package:
    metadata = Distribution.at(folder).metadata
    return Package(
        name=metadata["Name"],
        version=metadata["Version"],
        licence=_licence(metadata),
        url=_url(metadata),
        terms=tuple(path.read_text(errors="replace").strip() for path in _terms(folder)),
    )


def _licence(metadata: PackageMetadata) -> str:
    """An expression of SPDX, or the name in the field that was for it before, or what the classifiers say."""
    fields = (*metadata.get_all("License-Expression", []), *metadata.get_all("License", []))
    if name := next((each for each in fields if len(each) <= LONGEST_NAME and "\n" not in each), ""):
        return name
    classified = (
        each.removeprefix(_CLASSIFIER) for each in metadata.get_all("Classifier", []) if _CLASSIFIER in each
    )
    return " and ".join(classified)


def _url(metadata: PackageMetadata) -> str:
    """Where the package is developed."""
    addresses = [each.partition(",")[2].strip() for each in metadata.get_all("Project-URL", [])]
    return next(iter([*metadata.get_all("Home-page", []), *addresses]), "")


def _notice(package: Package) -> str:
    head = (
        f"{package.name} {package.version}\nLicence: {package.licence or 'see below'}\n{package.url}".rstrip()
    )
    return "\n\n".join(["=" * 80 + f"\n{head}", *package.terms])


def _terms(folder: Path) -> Iterator[Path]:
    """The files with a wheel's terms, at the places where old and new tools put them."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and any(fnmatch(path.name.lower(), pattern) for pattern in TERMS):
            yield path
