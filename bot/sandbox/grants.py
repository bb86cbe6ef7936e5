"""What the token authority answers to a form: a token, or one of Entra's errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from uuid import uuid4

from bot.sandbox.store.answers import Answer, found
from bot.sandbox.store.tokens import LIFETIME, STORE_AUDIENCE

# The scope of a resource that is not the Store's is granted too, and the Store then
# refuses the token: that is how these mistakes show in real life.
OTHER_AUDIENCES = {
    STORE_AUDIENCE + "/",
    "https://api.store.microsoft.com",
    "https://api.partner.microsoft.com",
}
SUFFIX = "/.default"
REQUIRED = ("grant_type", "client_id", "scope")

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
NO_DEFAULT = (
    "The provided value for scope {0} is not valid. Client credential flows must have "
    "a scope value with /.default suffixed to the resource identifier."
)
TROUBLE = "The service is temporarily unavailable. Please retry later."
THROTTLED = "The request was throttled because the tenant sent too many requests."


@dataclass(frozen=True)
class Credentials:
    """The one Entra application that the local authority knows."""

    tenant: str = "00000000-0000-4000-8000-000000000001"
    client: str = "00000000-0000-4000-8000-000000000002"
    secret: str = "sandbox-secret-not-a-secret"  # noqa: S105  # Known to everybody.


@dataclass(frozen=True)
class Grant:
    """A token shall be given out for this audience."""

    audience: str


def decide(
    known: Credentials, tenant: str, form: Mapping[str, str], wrong_secret: int
) -> Grant | Answer:
    """Check a client-credentials request; `wrong_secret` is that answer's status.

    https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
    """
    problem = tenant_problem(known, tenant) or _form_problem(form)
    if problem is not None:
        return problem
    client, secret = form["client_id"], form.get("client_secret", "")
    if client.lower() != known.client:
        return entra_error(400, "unauthorized_client", 700016, NO_CLIENT, client)
    if not secret:
        return entra_error(401, "invalid_client", 7000218, NO_KEY)
    if not compare_digest(secret.encode(), known.secret.encode()):
        code = 7000215
        return entra_error(wrong_secret, "invalid_client", code, BAD_KEY, client)
    scope = form["scope"]
    if not scope.endswith(SUFFIX):
        return entra_error(400, "invalid_scope", 1002012, NO_DEFAULT, scope)
    audience = scope.removesuffix(SUFFIX)
    if audience != STORE_AUDIENCE and audience not in OTHER_AUDIENCES:
        return entra_error(400, "invalid_scope", 70011, BAD_SCOPE, scope)
    return Grant(audience)


def tenant_problem(known: Credentials, tenant: str) -> Answer | None:
    """Give the error for a tenant that is not known, or None."""
    if tenant.lower() == known.tenant:
        return None
    return entra_error(400, "invalid_request", 90002, NO_TENANT, tenant)


def granted(token: str) -> Answer:
    """Give the answer that carries a token."""
    # One second less than its life: what Entra says too.
    expires = LIFETIME - 1
    body = {"token_type": "Bearer", "expires_in": expires, "ext_expires_in": expires}
    return found({**body, "access_token": token})


def entra_error(
    status: int, error: str, code: int, text: str, value: str = ""
) -> Answer:
    """Give an error in Entra's shape, with its AADSTS code.

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
    return found(body, status)


def _form_problem(form: Mapping[str, str]) -> Answer | None:
    missing = next((name for name in REQUIRED if not form.get(name)), None)
    if "resource" in form:
        return entra_error(400, "invalid_request", 901002, RESOURCE_SENT)
    if missing is not None:
        return entra_error(400, "invalid_request", 900144, NO_FIELD, missing)
    grant = form["grant_type"]
    if grant != "client_credentials":
        return entra_error(400, "unsupported_grant_type", 70003, BAD_GRANT, grant)
    return None
