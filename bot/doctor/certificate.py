"""What to do where an address cannot be reached: its certificate may not be trusted."""

from typing import Final
from urllib.parse import urlsplit

import aiohttp

from bot.doctor.finding import TRY_AGAIN

_UNTRUSTED: Final = (
    "This machine does not trust the certificate of {host}. Check {setting}; behind a"
    " proxy that opens TLS, name the file with its certificate authority in"
    " SSL_CERT_FILE."
)
TIMEOUT: Final = aiohttp.ClientTimeout(total=10)


async def fix_connection(
    session: aiohttp.ClientSession,
    setting: str,
    address: str,
    unreachable: str = TRY_AGAIN,
) -> str:
    """Return what to do about the setting's address, where a request has failed.

    `unreachable` is what to do where nobody answers there.
    """
    try:
        async with session.head(address, timeout=TIMEOUT, allow_redirects=False):
            return TRY_AGAIN
    except aiohttp.ClientConnectorCertificateError:
        host = urlsplit(address).hostname
        return _UNTRUSTED.format(host=host, setting=setting)
    except (aiohttp.ClientError, OSError, TimeoutError):
        return unreachable
