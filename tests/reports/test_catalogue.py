"""The catalogue of the open data, read by another program and held against the published shapes of DCAT-AP 3."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import date
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.utils.translation import override
from python_calamine import CalamineWorkbook
from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF

from reports.indicators.models import Issue
from tests import factories
from tests.factories import NOON

SH, SPDX = Namespace("http://www.w3.org/ns/shacl#"), Namespace("http://spdx.org/rdf/terms#")
VCARD, LEGAL = Namespace("http://www.w3.org/2006/vcard/ns#"), Namespace("http://data.europa.eu/r5r/")
KINDS = {SH.Literal: Literal, SH.IRI: URIRef, SH.BlankNodeOrIRI: (BNode, URIRef)}
ROW = {"code": "EECO01", "name": {"en": "Participants"}, "unit": "persons", "sensitive": False, "women": 7, "men": ":c",
       "non_binary": 0, "unknown": 0, "total": 9, "target": None, "target_on": None}  # fmt: skip


@pytest.fixture
def catalogue(client, project, settings):
    """The catalogue as the two formats tell it, of a project with results and of one whose title needs escapes."""
    settings.SITE_URL, settings.DEPLOYER = "https://portal.example", {"name": "Office", "email": "data@office.example"}
    Issue.objects.create(project=project, as_of=date(2026, 3, 1), at=NOON, rows=[ROW], sha256="0" * 64)
    type(project).objects.filter(pk=project.pk).update(title={"bg": 'Клуб "Ние" \\ и\nдруги'})
    factories.ContractFactory(project=factories.ProjectFactory(programme=project.programme))
    cache.clear()
    made = client.get("/catalog.jsonld"), client.get("/catalog.ttl")
    assert [answer["Content-Type"] for answer in made] == ["application/ld+json", "text/turtle; charset=utf-8"]
    yield [Graph().parse(data=made[n].content, format=name) for n, name in enumerate(("json-ld", "turtle"))]
    cache.clear()


def against(shapes: Graph, told: Graph) -> list[str]:
    """What the shapes have against a graph: too few or too many values, and values of another kind."""
    wrong = []
    for shape, of in shapes.subject_objects(SH.targetClass):
        for node in told.subjects(RDF.type, of):
            for rule in shapes.objects(shape, SH.property):
                path = shapes.value(rule, SH.path)
                if not isinstance(path, URIRef):
                    continue
                found = list(told.objects(node, path))
                least, most = shapes.value(rule, SH.minCount), shapes.value(rule, SH.maxCount)
                if (least is not None and len(found) < int(least)) or (most is not None and len(found) > int(most)):
                    wrong.append(f"{node} has {len(found)} of {path}")
                kind, datatype = KINDS.get(shapes.value(rule, SH.nodeKind), object), shapes.value(rule, SH.datatype)
                wrong += [f"{node}: {path} is {each!r}" for each in found if not isinstance(each, kind)]
                wrong += [f"{node}: {path} is {each!r}" for each in found if datatype and each.datatype != datatype]
    return wrong


def test_it_keeps_the_published_shapes_of_dcat_ap(catalogue):
    shapes = Graph().parse("tests/data/dcat_ap_3_shapes.ttl", format="turtle")
    told, as_turtle = catalogue
    assert against(shapes, told) == []
    assert isomorphic(told, as_turtle), "both formats say the same"
    told.remove((None, FOAF.name, None))
    assert len(against(shapes, told)) == 1, "a catalogue without the name of its publisher is refused"


def test_it_says_who_publishes_what_for_which_time_under_which_licence(catalogue, project):
    told, _turtle = catalogue
    (whole,) = told.subjects(RDF.type, DCAT.Catalog)
    assert str(told.value(told.value(whole, DCTERMS.publisher), FOAF.name)) == "Office"
    sets = set(told.subjects(RDF.type, DCAT.Dataset))
    assert set(told.objects(whole, DCAT.dataset)) >= sets
    assert len(sets) == 2
    for each in sets:
        period = told.value(each, DCTERMS.temporal)
        assert told.value(period, DCAT.startDate).toPython() == date(2025, 12, 9)
        assert str(told.value(told.value(each, DCAT.contactPoint), VCARD.hasEmail)) == "mailto:data@office.example"
        assert {str(name.language) for name in told.objects(each, DCTERMS.description)} == {"bg", "lv", "en"}
        for file in told.objects(each, DCAT.distribution):
            assert str(told.value(file, DCTERMS.license)).endswith("/licence/CC_BY_4_0")
            assert str(told.value(file, DCAT.mediaType)).startswith("https://www.iana.org/assignments/media-types/")
    results = next(each for each in sets if project.number in str(each))
    assert told.value(told.value(results, DCTERMS.temporal), DCAT.endDate).toPython() == date(2026, 3, 1)
    assert 'Клуб "Ние" \\ и\nдруги' in {str(name) for name in told.objects(results, DCTERMS.title)}


def test_each_file_is_there_of_its_type_and_with_its_checksum(catalogue, client):
    told, _turtle = catalogue
    checked = 0
    for file in told.subjects(RDF.type, DCAT.Distribution):
        address = urlsplit(str(told.value(file, DCAT.downloadURL)))
        assert address.netloc == "portal.example"
        answer = client.get(address.path)
        assert answer.status_code == 200
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        media = str(told.value(file, DCAT.mediaType)).partition("media-types/")[2]
        assert answer["Content-Type"].partition(";")[0] == media
        if (checksum := told.value(file, SPDX.checksum)) is not None:
            checked += 1
            value = told.value(checksum, SPDX.checksumValue)
            assert str(value).lower() == hashlib.sha256(content).hexdigest(), address.path
    assert checked == 10, "three languages as CSV and JSON, Kohesio, and results as CSV, XLSX and JSON"


@pytest.mark.parametrize("page", ["/en/", "/bg/projects/", "/lv/data/"])
def test_public_pages_lead_to_it(client, project, page):
    with override("en"):
        head = client.get(page).content.decode().partition("</head>")[0]
    assert '<link rel="alternate" type="application/ld+json" title="DCAT-AP" href="/catalog.jsonld">' in head
    assert 'type="text/turtle"' in head


def test_the_results_are_a_workbook_too_with_the_hidden_numbers_hidden(catalogue, client, project):
    address = f"/en/projects/{project.number}/results"
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"{address}.xlsx").content))
    heads, row = book.get_sheet_by_name("public_results").to_python()
    by_csv = b"".join(client.get(f"{address}.csv").streaming_content).decode("utf-8-sig").splitlines()
    assert len(heads) == len(row) == len(next(csv.reader(by_csv)))
    assert row[2:4] + row[5:7] + row[9:10] == ["EECO01", "Participants", 7, ":c", 9]
    about = {line[0]: line[1] for line in book.get_sheet_by_index(0).to_python() if line[0]}
    assert about["Licence"].startswith("CC BY 4.0")
    assert "results.xlsx" in client.get(f"/en/projects/{project.number}/").content.decode()
