"""A client of the submission API on plain HTTP, written after Microsoft's pages alone.

It shares nothing with the bot's own client, and knows nothing of the sandbox: it gets a
token endpoint, the address of the API and the credentials, as a release script would.

https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services
"""

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

import aiohttp

RESOURCE = "https://manage.devcenter.microsoft.com"
FAILED = {
    *("Canceled", "CommitFailed", "PreProcessingFailed", "CertificationFailed"),
    *("PublishFailed", "ReleaseFailed"),
}
# More than the path from the commit to the publication has.
MOST_POLLS = 20


class ApiError(Exception):
    """The API answered with an error; `body` is what it said, parsed if it is JSON."""

    def __init__(self, status: int, body: Any) -> None:  # noqa: ANN401  # As JSON is.
        super().__init__(status, body)
        self.status = status
        self.body = body


@dataclass(frozen=True)
class Account:
    """Where to sign in, as whom, and where the API is."""

    authority: str
    tenant: str
    client: str
    secret: str
    api: str


class SubmissionClient:
    """Calls the API with one token; paths are relative to `v1.0/my/`."""

    def __init__(self, http: aiohttp.ClientSession, account: Account) -> None:
        self._http = http
        self._account = account
        self._token = ""

    async def sign_in_v1(self) -> dict[str, Any]:
        """Get a token from the endpoint that the Store's pages document."""
        return await self._sign_in("oauth2/token", {"resource": RESOURCE})

    async def sign_in_v2(self) -> dict[str, Any]:
        """Get a token from the endpoint of the present identity platform."""
        scope = {"scope": f"{RESOURCE}/.default"}
        return await self._sign_in("oauth2/v2.0/token", scope)

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401  # As JSON is.
    ) -> Any:  # noqa: ANN401
        """Call the API, and return the JSON of its answer; raises ApiError."""
        url = f"{self._account.api}/v1.0/my/{path}"
        headers = {"Authorization": f"Bearer {self._token}"}
        if method in ("POST", "PUT"):
            headers["Content-Type"] = "application/json"
        data = io.BytesIO(b"" if body is None else json.dumps(body).encode())
        async with self._http.request(method, url, headers=headers, data=data) as got:
            return await _read(got)

    async def submit(
        self,
        parent: str,
        percentage: float | None = None,
        package: str | None = None,
    ) -> str:
        """Create a submission under `parent`, update it, upload, commit; return its id.

        `percentage` asks for a gradual rollout, `package` is the name of a new package
        that takes the place of the present ones.
        """
        submission = await self.call("POST", f"{parent}/submissions")
        path = f"{parent}/submissions/{submission['id']}"
        if package is not None:
            _replace_packages(submission, package)
        if percentage is not None:
            rollout = submission["packageDeliveryOptions"]["packageRollout"]
            rollout["isPackageRollout"] = True
            rollout["packageRolloutPercentage"] = percentage
        updated = await self.call("PUT", path, submission)
        if package is not None:
            await self.upload(updated["fileUploadUrl"], package)
        assert await self.call("POST", f"{path}/commit") == {"status": "CommitStarted"}
        return str(submission["id"])

    async def upload(self, address: str, package: str) -> None:
        """Upload a ZIP archive with the package to Azure's blob storage."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr(package, b"not a real package")
        headers = {"x-ms-blob-type": "BlockBlob"}
        # The plus sign of a signature would be read as a space.
        url = address.replace("+", "%2B")
        data = archive.getvalue()
        async with self._http.put(url, headers=headers, data=data) as got:
            await _read(got)

    async def wait_until_published(self, path: str) -> list[str]:
        """Ask for the status until it is final; return what was seen, without repeats.

        Raises ApiError for a submission that failed.
        """
        seen: list[str] = []
        for _ in range(MOST_POLLS):
            answer = await self.call("GET", f"{path}/status")
            if answer["status"] not in seen:
                seen.append(answer["status"])
            if answer["status"] in FAILED:
                raise ApiError(200, answer)
            if answer["status"] == "Published":
                return seen
        raise TimeoutError(seen)

    async def _sign_in(self, endpoint: str, more: dict[str, str]) -> dict[str, Any]:
        account = self._account
        form = {
            "grant_type": "client_credentials",
            "client_id": account.client,
            "client_secret": account.secret,
            **more,
        }
        url = f"{account.authority}/{account.tenant}/{endpoint}"
        async with self._http.post(url, data=form) as got:
            answer: dict[str, Any] = await _read(got)
        self._token = answer["access_token"]
        return answer


def _replace_packages(submission: dict[str, Any], package: str) -> None:
    name = "applicationPackages"
    if name not in submission:
        name = "flightPackages"
    for old in submission[name]:
        old["fileStatus"] = "PendingDelete"
    submission[name].append(
        {
            "fileName": package,
            "fileStatus": "PendingUpload",
            "minimumDirectXVersion": "None",
            "minimumSystemRam": "None",
        }
    )


async def _read(got: aiohttp.ClientResponse) -> Any:  # noqa: ANN401  # As JSON is.
    raw = await got.read()
    body = await got.json(content_type=None) if raw[:1] in (b"{", b"[") else raw
    if not got.ok:
        raise ApiError(got.status, body)
    return body
