"""The sandbox's TLS files: an authority of its own and a certificate for loopback."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509

from bot.sandbox.folder import CA_FILE

SERVER_FILE = "sandbox-server.pem"
CA_NAME = "Rollout Bot sandbox, not a real authority"
NAMES = ("localhost", "127.0.0.1", "::1")
VALID_DAYS = 365


@dataclass(frozen=True)
class Certificate:
    """Two PEM files: what clients trust, and the server's certificate with its key."""

    ca_file: Path
    server_file: Path


def certificate(folder: Path) -> Certificate:
    """Return the certificate in `folder`; create it where there is no valid one.

    It is kept, so that a client that trusts the file can connect again after the
    sandbox was restarted. The authority's own key is never written: nothing else
    can ever be signed with it.
    """
    files = Certificate(folder / CA_FILE, folder / SERVER_FILE)
    if _is_valid(files):
        return files
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    authority = trustme.CA(path_length=0, organization_name=CA_NAME)
    server = authority.issue_cert(
        *NAMES,
        organization_name=CA_NAME,
        # A client's clock may run a little behind.
        not_before=now - timedelta(days=1),
        not_after=now + timedelta(days=VALID_DAYS),
    )
    files.server_file.touch(mode=0o600)
    server.private_key_and_cert_chain_pem.write_to_path(files.server_file)
    authority.cert_pem.write_to_path(files.ca_file)
    return files


def _is_valid(files: Certificate) -> bool:
    soon = datetime.now(UTC) + timedelta(days=1)
    try:
        ca = x509.load_pem_x509_certificate(files.ca_file.read_bytes())
        server = x509.load_pem_x509_certificate(files.server_file.read_bytes())
        server.verify_directly_issued_by(ca)
    except (OSError, ValueError, TypeError):
        return False
    return min(ca.not_valid_after_utc, server.not_valid_after_utc) > soon
