"""What open data the portal has, told to data portals: a catalogue by DCAT-AP 3, as JSON-LD and as Turtle.

Data sets: the list of operations (Regulation (EU) 2021/1060, Art. 49(3)), and the published results of each project
that has some. A file that is the same for everybody who asks on a day carries its SHA-256; a workbook holds its own
moment and carries none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Max, Min
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.models.texts import said
from projects.models import Project
from reports.indicators.models import Issue

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
AUTHORITY = "http://publications.europa.eu/resource/authority"
LANGUAGES = {"bg": "BUL", "lv": "LAV", "en": "ENG"}
COUNTRIES = {"BG": "BGR", "LV": "LVA"}
MEDIA = {  # ending: media type, and the name in the list of file types
    "csv": ("text/csv", "CSV"),
    "json": ("application/json", "JSON"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX"),
}
LICENCE = f"{AUTHORITY}/licence/CC_BY_4_0"
LAW = "http://data.europa.eu/eli/reg/2021/1060/oj"
Node = dict[str, Any]
Bytes = Callable[[str, str], bytes | None]  # (name of the address, language) → the file, where it is the same for all
Results = Callable[[Project, Issue, str, str], bytes]  # (…, ending, language) → the file


def catalogue(operations: Bytes, results: Results) -> Node:
    """The catalogue as JSON-LD. `operations` and `results` give the files that are described."""
    listed = list(_results(results))
    series = [_series()] if listed else []
    return {"@context": _context()} | _node(
        "dcat:Catalog", f"{settings.SITE_URL}/catalog",
        {
            "dct:title": _said(lambda: _("Open data of the portal")),
            "dct:description": _said(lambda: _("Projects for inclusion in education: operations and results.")),
            "dct:publisher": _publisher(),
            "foaf:homepage": _node("foaf:Document", settings.SITE_URL),
            "dct:license": _node("dct:LicenseDocument", LICENCE),
            "dct:language": [_language(each) for each in LANGUAGES],
            "dct:spatial": _countries(Project.objects.public()),
            "dcatap:applicableLegislation": _node("", LAW),
            "dcat:themeTaxonomy": _node("", f"{AUTHORITY}/data-theme"),
            "dcat:dataset": [_operations(operations), *series, *listed],
        },
    )  # fmt: skip


def _operations(bytes_of: Bytes) -> Node:
    found = Project.objects.public()
    files = [
        _distribution(name, ending, language, content=bytes_of(name, language))
        for language in LANGUAGES
        for name, ending in (
            ("reports:public_projects_csv", "csv"), ("reports:public_projects_xlsx", "xlsx"),
            ("reports:public_projects_json", "json"),
        )
    ]  # fmt: skip
    name = "reports:kohesio_csv"
    files.append(_distribution(name, "csv", "en", title=lambda: _("For Kohesio"), content=bytes_of(name, "en")))
    days = found.aggregate(updated=Max("updated_at"), first=Min("contracts__starts_on"), last=Max("contracts__ends_on"))
    return _dataset(
        f"{settings.SITE_URL}/catalog#operations",
        {
            "dct:title": _said(lambda: _("List of operations")),
            "dct:description": _said(lambda: _("Every published project: beneficiary, purpose, time, money, place.")),
            "dct:accrualPeriodicity": _node("dct:Frequency", f"{AUTHORITY}/frequency/ANNUAL_3"),
            "dct:spatial": _countries(found),
            "dcatap:applicableLegislation": _node("", LAW),
            "dct:modified": _day(days["updated"].date()) if days["updated"] else None,
            "dct:temporal": _period(days["first"], days["last"]),
            "dcat:landingPage": _node("foaf:Document", _url("reports:data", "en")),
            "dcat:distribution": files,
        },
    )


def _series() -> Node:
    return _node(
        "dcat:DatasetSeries", f"{settings.SITE_URL}/catalog#results",
        {
            "dct:title": _said(lambda: _("Published results of projects")),
            "dct:description": _said(lambda: _("Indicators of each project; small counts of persons are hidden.")),
        },
    )  # fmt: skip


def _results(bytes_of: Results) -> Iterable[Node]:
    found = Project.objects.public().filter(issues__isnull=False).distinct().select_related("programme")
    for project in found.prefetch_related("issues", "contracts").order_by("number"):
        issue = max(project.issues.all(), key=lambda each: (each.as_of, each.pk))
        starts = [contract.starts_on for contract in project.contracts.all() if contract.starts_on]
        title, language = said(project.title, "en", project.programme.language)
        files = [
            _distribution(
                f"reports:public_results_{ending}",
                ending,
                "en",
                project.number,
                content=bytes_of(project, issue, ending, "en"),
            )
            for ending in ("csv", "xlsx", "json")
        ]
        yield _dataset(
            f"{_url('reports:public_project', 'en', project.number)}#results",
            {
                "dct:title": [*_said(lambda: _("Results")), _text(title, language)],
                "dct:description": _said(lambda: _("Indicators of a project; small counts of persons are hidden.")),
                "dct:identifier": _text(project.number),
                "dct:issued": _day(issue.at.date()),
                "dct:modified": _day(issue.at.date()),
                "dct:temporal": _period(min(starts, default=None), issue.as_of),
                "dcat:inSeries": _node("", f"{settings.SITE_URL}/catalog#results"),
                "dcat:landingPage": _node("foaf:Document", _url("reports:public_project", "en", project.number)),
                "dcat:distribution": files,
            },
        )


# --- parts -----------------------------------------------------------------------------------------------------------


def _dataset(address: str, more: Node) -> Node:
    same = {
        "dct:publisher": _node("", _publisher_address()),
        "dcat:contactPoint": _contact(),
        "dct:accessRights": _node("dct:RightsStatement", f"{AUTHORITY}/access-right/PUBLIC"),
        "dcat:theme": [_node("", f"{AUTHORITY}/data-theme/{theme}") for theme in ("EDUC", "SOCI")],
        "dct:language": [_language(each) for each in LANGUAGES],
    }
    return _node("dcat:Dataset", address, same | more)


def _distribution(
    name: str, ending: str, language: str, *arguments: str, title: Callable[[], str] | None = None,
    content: bytes | None = None,
) -> Node:  # fmt: skip
    address, (media, kind) = _url(name, language, *arguments), MEDIA[ending]
    checksum = {
        "spdx:algorithm": _node("", "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"),
        "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": hashlib.sha256(content or b"").hexdigest()},
    }
    return _node(
        "dcat:Distribution", f"{address}#distribution",
        {
            "dct:title": _said(title) if title else [_text(f"{kind}, {language}")],
            "dcat:accessURL": _node("", address),
            "dcat:downloadURL": _node("", address),
            "dcat:mediaType": _node("dct:MediaType", f"https://www.iana.org/assignments/media-types/{media}"),
            "dct:format": _node("dct:MediaTypeOrExtent", f"{AUTHORITY}/file-type/{kind}"),
            "dct:language": _language(language),
            "dct:license": _node("dct:LicenseDocument", LICENCE),
            "dcatap:availability": _node("", f"{AUTHORITY}/planned-availability/STABLE"),
            "spdx:checksum": _node("spdx:Checksum", "", checksum) if content is not None else None,
        },
    )  # fmt: skip


def _publisher_address() -> str:
    return f"{settings.SITE_URL}/catalog#publisher"


def _publisher() -> Node:
    name = settings.DEPLOYER["name"] or str(settings.PORTAL_NAME)
    return _node("foaf:Agent", _publisher_address(), {"foaf:name": _text(name)})


def _contact() -> Node:
    name, email = settings.DEPLOYER["name"] or str(settings.PORTAL_NAME), settings.DEPLOYER["email"]
    mail = _node("", f"mailto:{email}") if email else None
    return _node(
        "vcard:Kind", f"{settings.SITE_URL}/catalog#contact", {"vcard:fn": _text(name), "vcard:hasEmail": mail}
    )


def _countries(projects: Any) -> list[Node]:
    known = projects.exclude(programme__country="").order_by().values_list("programme__country", flat=True).distinct()
    codes = sorted(COUNTRIES[each] for each in known if each in COUNTRIES)
    return [_node("dct:Location", f"{AUTHORITY}/country/{code}") for code in codes]


def _language(code: str) -> Node:
    return _node("dct:LinguisticSystem", f"{AUTHORITY}/language/{LANGUAGES[code]}")


def _period(first: date | None, last: date | None) -> Node | None:
    if first is None and last is None:
        return None
    days = {"dcat:startDate": first and _day(first), "dcat:endDate": last and _day(last)}
    return _node("dct:PeriodOfTime", "", days)


def _day(day: date) -> Node:
    return {"@type": "xsd:date", "@value": day.isoformat()}


def _text(text: str, language: str = "") -> Node:
    return {"@value": text} | ({"@language": language} if language else {})


def _said(words: Callable[[], str]) -> list[Node]:
    """The same words in every language of the portal."""
    found = []
    for language in LANGUAGES:
        with override(language):
            found.append(_text(words(), language))
    return found


def _url(name: str, language: str, *arguments: str) -> str:
    with override(language):
        return settings.SITE_URL + reverse(name, args=arguments)


def _node(kind: str, address: str, more: Mapping[str, Any] | None = None) -> Node:
    named = ({"@id": address} if address else {}) | ({"@type": kind} if kind else {})
    return named | {name: value for name, value in (more or {}).items() if value}


# --- as files --------------------------------------------------------------------------------------------------------


def _context() -> dict[str, str]:
    return dict(PREFIXES)


def json_ld(node: Node) -> bytes:
    return json.dumps(node, ensure_ascii=False, indent=1).encode()


def turtle(node: Node) -> bytes:
    """The same statements as Turtle."""
    lines = [f"@prefix {name}: <{address}> ." for name, address in PREFIXES.items()]
    body = {name: value for name, value in node.items() if name != "@context"}
    written: list[str] = []
    _subject(body, written)
    return "\n".join([*lines, "", *written, ""]).encode()


def _subject(node: Node, written: list[str]) -> str:
    """Writes what is said of a node, and of the nodes inside it; returns how others name it."""
    pairs = [f"a {node['@type']}"] if "@type" in node else []
    for name, value in node.items():
        if not name.startswith("@"):
            told = [_object(each, written) for each in (value if isinstance(value, list) else [value])]
            pairs.append(f"{name} {', '.join(told)}")
    if "@id" not in node:
        return f"[ {' ; '.join(pairs)} ]"
    statement = f"<{node['@id']}> {' ;\n  '.join(pairs)} ."
    if pairs and statement not in written:
        written.append(statement)
    return f"<{node['@id']}>"


def _object(value: Node, written: list[str]) -> str:
    if "@value" not in value:
        return _subject(value, written)
    text = json.dumps(value["@value"], ensure_ascii=False)  # the escapes of JSON are among those of Turtle
    if "@language" in value:
        return f"{text}@{value['@language']}"
    return f"{text}^^{value['@type']}" if "@type" in value else text
