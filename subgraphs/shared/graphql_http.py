"""GraphQL over HTTP, as the specification's draft has it, in front of the schema.

Enters: an HTTP request. Leaves: an HTTP response that is always well-formed GraphQL once a body is written.
Invariant: the steps run in this order and the first refusal ends them: method, media types, size, signature,
parameters, identity, document, operation kind, variables, execution. A request error never carries `data`.

The two media types differ in one thing: `application/json` answers 200 to a request error of a well-formed
request, `application/graphql-response+json` answers 400.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson
from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType
from graphql.execution import ExecutionResult
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from subgraphs.shared.documents import DocumentCache
from subgraphs.shared.errors import INTERNAL_MESSAGE, Unauthenticated, present_error
from subgraphs.shared.executor import AnswerTooLarge, SubgraphExecutor, is_awaitable
from subgraphs.shared.federation import ASKED, Asked, SubgraphSchema
from subgraphs.shared.identity import Caller
from subgraphs.shared.key_set import KeySetUnavailable
from subgraphs.shared.metrics import Metrics
from subgraphs.shared.settings import ServiceSettings
from subgraphs.shared.signature import SIGNATURE_HEADER, is_signed
from subgraphs.shared.token_check import InvalidToken, TokenCheck
from subgraphs.shared.tracing import TRACING

if TYPE_CHECKING:
    from subgraphs.shared.tracing.spans import Tracing

log = logging.getLogger(__name__)

JSON: Final = "application/json"
GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
#: Up to so many fields no answer can be too large: each is shorter than a request may be.
FEW_FIELDS: Final = 1_000
#: The status by which a request counts that nobody waits for any more; it is never sent.
CALLER_WENT_AWAY: Final = 499
PARAMETERS = frozenset({"query", "operationName", "variables", "extensions"})


class HttpRefusal(Exception):
    """A request that ends before GraphQL begins."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one request, their kinds checked."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class CallScope:
    """What one request brings to its resolvers, apart from the operation."""

    caller: Caller
    #: The Authorization header as it came, to be passed on to a sibling in the caller's name.
    authorization: str | None
    request: Request


class Served(Protocol):
    """What the endpoint needs of a service."""

    settings: ServiceSettings
    schema: SubgraphSchema
    token_check: TokenCheck
    metrics: Metrics
    tracing: Tracing | None

    @property
    def make_context(self) -> Callable[[CallScope], object]:
        """Builds what resolvers find as `info.context`."""
        ...

    async def is_ready(self) -> bool: ...


@dataclass(slots=True)
class Observed:
    """What is worth counting of a request beside its answer; `operation` is one of `metrics.OPERATIONS`."""

    operation: str = "none"
    #: The size of each `_entities` that was answered.
    representations: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response before it is written."""

    status: int
    media_type: str
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def write(self) -> Response:
        content_type = f"{self.media_type}; charset=utf-8"
        # What a caller may see depends on who asks: no cache may keep it for another.
        extra = {"cache-control": "no-store", "x-content-type-options": "nosniff", **self.headers}
        return Response(orjson.dumps(self.body, default=str), self.status, extra, content_type)


class GraphQLEndpoint:
    """The handler of `/graphql`."""

    def __init__(self, service: Served) -> None:
        self._service = service
        self._settings = service.settings
        self._documents = DocumentCache(service.schema.executable, service.settings)

    async def __call__(self, request: Request) -> Response:
        metrics, observed, began = self._service.metrics, Observed(), time.perf_counter()
        metrics.in_flight += 1
        status = CALLER_WENT_AWAY
        tracing = self._service.tracing
        token, entities_token = TRACING.set(tracing), ASKED.set(Asked())
        try:
            answer, response = await self._respond(request, observed)
            status = answer.status
            codes = [str(error["extensions"]["code"]) for error in answer.body.get("errors", ())]
            for code in codes:
                metrics.count_error(code)
            if codes and tracing is not None:
                tracing.note_errors(codes)
            return response
        finally:
            TRACING.reset(token)
            ASKED.reset(entities_token)
            metrics.in_flight -= 1
            metrics.count_request(observed.operation, status, time.perf_counter() - began)
            for size in observed.representations:
                metrics.count_entities(size)

    async def _respond(self, request: Request, observed: Observed) -> tuple[Answer, Response]:
        media_type = choose_media_type(request.headers.get("accept"))
        try:
            answer = await self._answer(request, media_type, observed)
            return answer, answer.write()
        except HttpRefusal as refusal:
            error = {"message": str(refusal), "extensions": {"code": refusal.code}}
            answer = Answer(refusal.status, media_type or JSON, {"errors": [error]}, refusal.headers)
        except Exception:
            log.exception("unexpected error outside of a resolver")
            error = {"message": INTERNAL_MESSAGE, "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
            answer = Answer(500, media_type or JSON, {"errors": [error]})
        return answer, answer.write()

    async def _answer(self, request: Request, media_type: str | None, observed: Observed) -> Answer:
        """Raises `HttpRefusal`."""
        if request.method not in ("GET", "POST"):
            raise HttpRefusal(405, "METHOD_NOT_ALLOWED", "Use GET or POST.", {"allow": "GET, POST"})
        if media_type is None:
            raise HttpRefusal(406, "NOT_ACCEPTABLE", f"The answer can be {GRAPHQL_RESPONSE} or {JSON}.")
        parameters = await self._read(request)
        if not await self._service.is_ready():
            raise HttpRefusal(503, "NOT_READY", "The service is not ready.", {"retry-after": "5"})
        scope = await self._identify(request)
        return await self._run(parameters, scope, media_type, observed)

    async def _read(self, request: Request) -> Parameters:
        if request.method == "GET":
            self._check_signature(request, b"")
            return read_url_parameters(request)
        check_content_type(request)
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                body = await read_body(request, self._settings.max_body_bytes)
        except TimeoutError:
            raise HttpRefusal(408, "REQUEST_TIMEOUT", "The body took too long.", {"connection": "close"}) from None
        self._check_signature(request, body)
        return check_parameters(read_json(body))

    def _check_signature(self, request: Request, body: bytes) -> None:
        query = request.scope["query_string"].decode("latin-1")
        path = request.scope.get("raw_path", request.scope["path"].encode()).decode("latin-1")
        target = f"{path}?{query}" if query else path
        header = request.headers.get(SIGNATURE_HEADER)
        settings = self._settings
        if not is_signed(settings.signature_secrets, settings.signature_max_age, header, request.method, target, body):
            raise HttpRefusal(403, "UNSIGNED_CALL", "This service takes only signed calls.")

    async def _identify(self, request: Request) -> CallScope:
        headers = request.headers.getlist("authorization")
        try:
            if len(headers) > 1:
                raise InvalidToken("two headers")
            authorization = headers[0] if headers else None
            caller = await self._service.token_check.identify(authorization)
        except InvalidToken as error:
            log.info("refused an access token: %s", error.reason)
            challenge = {"www-authenticate": 'Bearer error="invalid_token"'}
            raise HttpRefusal(401, Unauthenticated.code, error.message, challenge) from None
        except KeySetUnavailable as error:
            raise HttpRefusal(503, error.code, error.message, {"retry-after": "5"}) from None
        return CallScope(caller, authorization, request)

    async def _run(self, parameters: Parameters, scope: CallScope, media_type: str, observed: Observed) -> Answer:
        document = self._documents.read(parameters.query)
        if document.errors or document.ast is None:
            return request_errors(document.errors, document.error_code, media_type)
        operation = document.operation(parameters.operation_name)
        if operation is None:
            named = "No operation has the given name." if parameters.operation_name else "Name the operation to run."
            return request_errors([GraphQLError(named)], "OPERATION_RESOLUTION_FAILURE", media_type)
        entities = find_entities_fields(operation)
        observed.operation = "entities" if entities else operation.operation.value
        if scope.request.method == "GET" and operation.operation is not OperationType.QUERY:
            raise HttpRefusal(405, "METHOD_NOT_ALLOWED", "Only queries may be sent by GET.", {"allow": "POST"})
        executor = SubgraphExecutor.build(
            self._service.schema.executable,
            document.ast,
            context_value=self._service.make_context(scope),
            raw_variable_values=parameters.variables,
            operation_name=parameters.operation_name,
            is_awaitable=is_awaitable,
            hide_suggestions=not self._settings.introspection,
        )
        if isinstance(executor, list):
            return request_errors(executor, "BAD_USER_INPUT", media_type)
        assert isinstance(executor, SubgraphExecutor)
        executor.budget = self._settings.max_answer_fields
        try:
            with self._traced(operation, parameters.query):
                answer = await self._execute(executor, media_type)
        except AnswerTooLarge as error:
            return request_errors([error], error.code, media_type)
        data = answer.body["data"] or {}
        observed.representations = [len(data[name]) for name in entities if name in data]
        return answer

    def _traced(self, operation: OperationDefinitionNode, text: str) -> AbstractContextManager[None]:
        tracing = self._service.tracing
        return nullcontext() if tracing is None else tracing.operation(operation, text)

    async def _execute(self, executor: SubgraphExecutor, media_type: str) -> Answer:
        """Raises `HttpRefusal` TIMEOUT, `AnswerTooLarge`."""
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                result = executor.execute_operation()
                if not isinstance(result, ExecutionResult):
                    result = await result  # type: ignore[misc]
        except TimeoutError:
            raise HttpRefusal(503, "TIMEOUT", "The operation took too long.", {"retry-after": "1"}) from None
        assert isinstance(result, ExecutionResult)
        if executor.spent > executor.budget:
            raise AnswerTooLarge
        if executor.spent > FEW_FIELDS:
            check_text_size(result.data, self._settings.max_answer_bytes)
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer = {"errors": [present_error(error) for error in result.errors], **answer}
        return Answer(200, media_type, answer)


def request_errors(errors: Sequence[GraphQLError], default_code: str, media_type: str) -> Answer:
    status = 400 if media_type == GRAPHQL_RESPONSE else 200
    return Answer(status, media_type, {"errors": [present_error(e, default_code=default_code) for e in errors]})


def check_text_size(data: object, limit: int) -> None:
    """Raises `AnswerTooLarge`. One long text may stand in an answer a thousand times, and is written as often."""
    waiting, size = [data], 0
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            size += len(value)
            if size > limit:
                raise AnswerTooLarge


def find_entities_fields(operation: OperationDefinitionNode) -> list[str]:
    """The response names of `_entities` at the root, as routers write it: not in a fragment."""
    return [
        (field.alias or field.name).value
        for field in operation.selection_set.selections
        if isinstance(field, FieldNode) and field.name.value == "_entities"
    ]


def choose_media_type(accept: str | None) -> str | None:
    """The better of the two media types for an Accept header (RFC 9110, 12.5.1); None when it allows neither.

    Without a preference it's `application/json`, which old clients expect; the newer type wins a tie when named.
    """
    if accept is None or not accept.strip():
        return JSON
    quality: dict[str, float] = {}
    for part in accept.split(",")[:50]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        charset = next((p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
        if charset not in ("utf-8", "utf8"):
            continue
        try:
            weight = float(next((p[2:] for p in parameters if p.startswith("q=")), "1"))
        except ValueError:
            weight = 0.0
        quality[name] = max(quality.get(name, 0.0), weight)

    def rank(media_type: str) -> float:
        return quality.get(media_type, quality.get("application/*", quality.get("*/*", 0.0)))

    best = GRAPHQL_RESPONSE if rank(GRAPHQL_RESPONSE) >= rank(JSON) and GRAPHQL_RESPONSE in quality else JSON
    return best if rank(best) > 0 else None


def check_content_type(request: Request) -> None:
    name, *parameters = (part.strip().lower() for part in request.headers.get("content-type", "").split(";"))
    if name != JSON:
        raise HttpRefusal(415, "UNSUPPORTED_MEDIA_TYPE", f"Send the operation as {JSON}.")
    charsets = {p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")}
    if not charsets <= {"utf-8", "utf8"}:
        raise HttpRefusal(415, "UNSUPPORTED_MEDIA_TYPE", "The only charset is utf-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HttpRefusal(415, "UNSUPPORTED_MEDIA_TYPE", "A compressed body is not taken.")


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body; refused as soon as it is known to be larger than `limit`."""
    too_large = HttpRefusal(413, "BODY_TOO_LARGE", f"A body may have at most {limit} bytes.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise too_large
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise too_large
    except ClientDisconnect:
        raise HttpRefusal(400, "BAD_REQUEST", "The body ended too early.") from None
    return bytes(body)


def read_json(text: bytes | str) -> object:
    try:
        return orjson.loads(text)
    except (ValueError, RecursionError):
        raise HttpRefusal(400, "BAD_REQUEST", "That is not valid JSON.") from None


def read_url_parameters(request: Request) -> Parameters:
    given = request.query_params
    if any(len(given.getlist(name)) > 1 for name in PARAMETERS):
        raise HttpRefusal(400, "BAD_REQUEST", "A parameter is given twice.")
    found: dict[str, object] = {name: given[name] for name in ("query", "operationName") if name in given}
    found |= {name: read_json(given[name]) for name in ("variables", "extensions") if given.get(name)}
    return check_parameters(found)


def check_parameters(given: object) -> Parameters:
    """Raises `HttpRefusal` 400 unless the parameters have the kinds that the specification gives them."""
    if not isinstance(given, dict):
        raise HttpRefusal(400, "BAD_REQUEST", "The body must be one JSON object; batches are not taken.")
    query, name = given.get("query"), given.get("operationName")
    if not isinstance(query, str) or not query:
        raise HttpRefusal(400, "BAD_REQUEST", "The parameter query must be a string with a document.")
    if not isinstance(name, (str, type(None))):
        raise HttpRefusal(400, "BAD_REQUEST", "The parameter operationName must be a string.")
    for parameter in ("variables", "extensions"):
        if not isinstance(given.get(parameter), (dict, type(None))):
            raise HttpRefusal(400, "BAD_REQUEST", f"The parameter {parameter} must be an object.")
    return Parameters(query, name or None, given.get("variables"))
