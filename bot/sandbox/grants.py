"""Token requests of the OAuth client credentials grant, judged as Entra does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from time import time
from uuid import uuid4

from bot.sandbox.store.responses import ApiResponse, json_response
from bot.sandbox.store.tokens import LIFETIME, STORE_AUDIENCE

# Entra grants the scope of these resources too, and the Store then refuses the token.
OTHER_AUDIENCES = {
    STORE_AUDIENCE + "/",
    "https://api.store.microsoft.com",
    "https://api.partner.microsoft.com",
}
SUFFIX = "/.default"
# The names that each version of the token endpoint has for what the token opens.
V1, V2 = "resource", "scope"
# A token of the old endpoint is valid from some minutes ago, for clocks that run late.
NOT_BEFORE = 300

NO_TENANT = (
    "Tenant '{0}' not found. Check to make sure you have the correct tenant ID and are "
    "signing into the correct cloud."
)
NO_FIELD = "The request body must contain the following parameter: '{0}'."
RESOURCE_SENT = "The 'resource' request parameter is not supported."
BAD_GRANT = "The app requested an unsupported grant type '{0}'."
NO_CLIENT = (
    "Application with identifier '{0}' was not found in the directory. This can happen "
    "if the application has not been installed by the administrator of the tenant."
)
NO_KEY = (
    "The request body must contain the following parameter: 'client_assertion' or "
    "'client_secret'."
)
BAD_KEY = (
    "Invalid client secret provided. Ensure the secret being sent in the request is "
    "the client secret value, not the client secret ID, for a secret added to app "
    "'{0}'."
)
OLD_KEY = "The provided client secret keys for app '{0}' are expired."
BAD_SCOPE = (
    "The provided value for the input parameter 'scope' is not valid. The scope {0} is "
    "not valid."
)
BAD_RESOURCE = (
    "The resource principal named {0} was not found in the tenant. This can happen if "
    "the application has not been installed by the administrator of the tenant."
)
NO_DEFAULT = (
    "The provided value for scope {0} is not valid. Client credential flows must have "
    "a scope value with /.default suffixed to the resource identifier."
)
TROUBLE = "The service is temporarily unavailable. Please retry later."
THROTTLED = "The request was throttled because the tenant sent too many requests."


@dataclass(frozen=True)
class Credentials:
    """The credentials of the one Entra application that may get tokens."""

    tenant: str = "00000000-0000-4000-8000-000000000001"
    client: str = "00000000-0000-4000-8000-000000000002"
    secret: str = "sandbox-secret-not-a-secret"  # noqa: S105  # Known to everybody.


@dataclass(frozen=True)
class Grant:
    """The request is valid: issue a token for this audience."""

    audience: str


def check_request(
    known: Credentials,
    tenant: str,
    form: Mapping[str, str],
    wrong_secret: int,
    version: str = V2,
) -> Grant | ApiResponse:
    """Return the grant of a valid request, or the error response.

    `wrong_secret` is the status of the error for a wrong client secret, `version` is
    `V1` or `V2`.

    https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
    """
    error = tenant_error(known, tenant) or _form_error(form, version)
    if error is not None:
        return error
    client, secret = form["client_id"], form.get("client_secret", "")
    if client.lower() != known.client:
        return entra_error(400, "unauthorized_client", 700016, NO_CLIENT, client)
    if not secret:
        return entra_error(401, "invalid_client", 7000218, NO_KEY)
    if not compare_digest(secret.encode(), known.secret.encode()):
        code = 7000215
        return entra_error(wrong_secret, "invalid_client", code, BAD_KEY, client)
    wanted = form[version]
    if version == V2 and not wanted.endswith(SUFFIX):
        return entra_error(400, "invalid_scope", 1002012, NO_DEFAULT, wanted)
    audience = wanted.removesuffix(SUFFIX) if version == V2 else wanted
    if audience == STORE_AUDIENCE or audience in OTHER_AUDIENCES:
        return Grant(audience)
    if version == V1:
        return entra_error(400, "invalid_resource", 500011, BAD_RESOURCE, wanted)
    return entra_error(400, "invalid_scope", 70011, BAD_SCOPE, wanted)


def tenant_error(known: Credentials, tenant: str) -> ApiResponse | None:
    """Return the error for an unknown tenant, or None."""
    if tenant.lower() == known.tenant:
        return None
    return entra_error(400, "invalid_request", 90002, NO_TENANT, tenant)


def token_response(token: str) -> ApiResponse:
    """Return the response that carries a token."""
    # One second less than its lifetime, as in Entra's responses.
    expires = LIFETIME - 1
    body = {"token_type": "Bearer", "expires_in": expires, "ext_expires_in": expires}
    return json_response({**body, "access_token": token})


def token_response_v1(token: str, audience: str) -> ApiResponse:
    """Return the response of the old endpoint, whose numbers are texts."""
    now = int(time())
    body = {
        "token_type": "Bearer",
        "expires_in": str(LIFETIME - 1),
        "ext_expires_in": str(LIFETIME - 1),
        "expires_on": str(now + LIFETIME - 1),
        "not_before": str(now - NOT_BEFORE),
        "resource": audience,
    }
    return json_response({**body, "access_token": token})


def entra_error(
    status: int, error: str, code: int, text: str, value: str = ""
) -> ApiResponse:
    """Return an error in Entra's format, with its AADSTS code.

    https://learn.microsoft.com/entra/identity-platform/reference-error-codes
    """
    trace, correlation = str(uuid4()), str(uuid4())
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    description = (
        f"AADSTS{code}: {text.format(value)}\r\nTrace ID: {trace}\r\n"
        f"Correlation ID: {correlation}\r\nTimestamp: {now}"
    )
    body = {
        "error": error,
        "error_description": description,
        "error_codes": [code],
        "timestamp": now,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"https://login.microsoftonline.com/error?code={code}",
    }
    return json_response(body, status)


def _form_error(form: Mapping[str, str], version: str) -> ApiResponse | None:
    required = ("grant_type", "client_id", version)
    missing = next((name for name in required if not form.get(name)), None)
    if version == V2 and V1 in form:
        return entra_error(400, "invalid_request", 901002, RESOURCE_SENT)
    if missing is not None:
        return entra_error(400, "invalid_request", 900144, NO_FIELD, missing)
    grant = form["grant_type"]
    if grant != "client_credentials":
        return entra_error(400, "unsupported_grant_type", 70003, BAD_GRANT, grant)
    return None
