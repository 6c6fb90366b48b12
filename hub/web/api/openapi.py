"""The OpenAPI 3.1 description, made from the operations and the types of what they take and give."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel, TypeAdapter

from hub.web.api import problems, schemas, sent
from hub.web.api.doors import Endpoint

Json = dict[str, Any]

_REFERENCE = "#/components/schemas/{model}"
_PLACEHOLDER = re.compile(r"{(\w+)}")
_IN_PATH = {
    "reference": {"type": "string", "description": "Of a case; spaces and hyphens don't matter."},
    "id": {"type": "integer"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path: what the route table and the description are both made from.

    `answers` is the type of the JSON answer; None: a file. `refuses`: the statuses of its problems.
    """

    method: str
    path: str
    endpoint: Endpoint
    name: str
    summary: str
    answers: Any
    status: int = 200
    parameters: type[BaseModel] = sent.NoParameters
    body: type[BaseModel] | None = None
    takes_file: bool = False  # the body is a file
    refuses: Sequence[int] = ()
    public: bool = False


def describe(operations: Iterable[Operation]) -> Json:
    """The whole document."""
    operations = list(operations)
    references, components = _schemas(operations)
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Citizen contact hub",
            "version": version("citizen-contact-hub"),
            "description": "Cases, what was said in them, and what may be done to them.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _schemas(operations: Sequence[Operation]) -> tuple[Mapping[Any, Json], Json]:
    """References to the types by the type itself, and the components that they refer to."""
    given = [operation.body for operation in operations if operation.body is not None]
    answered = [operation.answers for operation in operations if operation.answers is not None]
    inputs: list[tuple[Any, Any, Any]] = [(kind, "validation", TypeAdapter(kind)) for kind in dict.fromkeys(given)]
    types = dict.fromkeys([*answered, schemas.Problem])
    inputs += [(kind, "serialization", TypeAdapter(kind)) for kind in types]
    references, whole = TypeAdapter.json_schemas(inputs, ref_template=_REFERENCE)
    return {kind: dict(reference) for (kind, _), reference in references.items()}, whole["$defs"]


def _operation(operation: Operation, references: Mapping[Any, Json]) -> Json:
    described: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation.path), *_query_parameters(operation.parameters)],
        "responses": {str(operation.status): _answer(operation, references), **_refusals(operation, references)},
    }
    if operation.body is not None:
        described["requestBody"] = _body(operation.body, references)
    elif operation.takes_file:
        described["requestBody"] = {"required": True, "content": {"*/*": {}}, "description": "The file itself."}
    if operation.public:
        described["security"] = []
    return described


def _path_parameters(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _IN_PATH[name]} for name in _PLACEHOLDER.findall(path)
    ]


def _query_parameters(model: type[BaseModel]) -> list[Json]:
    """An empty one counts as absent, and the description says that it may be."""
    whole = model.model_json_schema(ref_template=_REFERENCE)
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "allowEmptyValue": True,
            "schema": _inlined(schema, whole.get("$defs", {})),
        }
        for name, schema in whole["properties"].items()
    ]


def _inlined(schema: Any, definitions: Mapping[str, Json]) -> Any:
    """References replaced by what they refer to, null left out: a parameter is absent, never null."""
    if isinstance(schema, list):
        return [_inlined(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    found = {key: _inlined(part, definitions) for key, part in schema.items() if (key, part) != ("default", None)}
    alternatives = [part for part in found.pop("anyOf", []) if part != {"type": "null"}]
    return {**found, **alternatives[0]} if len(alternatives) == 1 else found


def _body(model: type[BaseModel], references: Mapping[Any, Json]) -> Json:
    needed = any(field.is_required() for field in model.model_fields.values())
    return {"required": needed, "content": {"application/json": {"schema": references[model]}}}


def _answer(operation: Operation, references: Mapping[Any, Json]) -> Json:
    if operation.answers is None:
        return {"description": "The file.", "content": {"application/octet-stream": {}}}
    content = {"application/json": {"schema": references[operation.answers]}}
    return {"description": operation.summary, "content": content}


def _refusals(operation: Operation, references: Mapping[Any, Json]) -> Json:
    content = {problems.MEDIA_TYPE: {"schema": references[schemas.Problem]}}
    return {
        str(status): {"description": f"code: {', '.join(problems.codes_of(status))}", "content": content}
        for status in sorted(operation.refuses)
    }
