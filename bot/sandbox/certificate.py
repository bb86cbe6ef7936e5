"""A certificate authority of our own and a certificate for this machine's loopback."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_FILE = "sandbox-ca.pem"
SERVER_FILE = "sandbox-server.pem"
CA_NAME = "Rollout Bot sandbox, not a real authority"
VALID_DAYS = 365


@dataclass(frozen=True)
class Certificate:
    """Two PEM files: what clients trust, and the server's certificate with its key."""

    ca_file: Path
    server_file: Path


def certificate(folder: Path) -> Certificate:
    """Give the certificate in `folder`, and make it where there is no fresh one.

    It is kept, so that a client that trusts the file goes on when the sandbox is
    started again. The authority's own key is thrown away: nothing else can ever be
    signed with it.
    """
    kept = Certificate(folder / CA_FILE, folder / SERVER_FILE)
    if _is_fresh(kept):
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _name(CA_NAME)
    ca = _sign_ca(issuer, ca_key)
    leaf = _sign_leaf(issuer, ca_key, key)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    pem = serialization.Encoding.PEM
    kept.server_file.touch(mode=0o600)
    kept.server_file.write_bytes(leaf.public_bytes(pem) + secret)
    kept.ca_file.write_bytes(ca.public_bytes(pem))
    return kept


def _is_fresh(kept: Certificate) -> bool:
    soon = datetime.now(UTC) + timedelta(days=1)
    try:
        ca = x509.load_pem_x509_certificate(kept.ca_file.read_bytes())
        leaf = x509.load_pem_x509_certificate(kept.server_file.read_bytes())
        leaf.verify_directly_issued_by(ca)
    except (OSError, ValueError, TypeError):
        return False
    return min(ca.not_valid_after_utc, leaf.not_valid_after_utc) > soon


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _sign_ca(name: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    builder = _builder(name, name, key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(True, 0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    return builder.sign(key, hashes.SHA256())


def _sign_leaf(
    issuer: x509.Name,
    ca_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    addresses = [x509.IPAddress(ip_address(text)) for text in ("127.0.0.1", "::1")]
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), *addresses])
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    ours = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    builder = _builder(_name("localhost"), issuer, key.public_key())
    builder = builder.add_extension(names, critical=False)
    builder = builder.add_extension(purpose, critical=False)
    builder = builder.add_extension(ours, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(False, None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    return builder.sign(ca_key, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # A clock that runs a little behind shall not refuse it.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(identifier, critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
