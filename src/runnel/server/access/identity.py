"""Who calls: the user of a token or of a browser's session; where the database has no users, whoever is at this
machine."""

import ipaddress
from functools import partial

from starlette.requests import HTTPConnection

from ...app import Runnel
from ...errors import ConfigError, Unauthenticated
from ...users import Credential, Directory
from ..calls import Caller
from . import cookies

__all__ = ["Identity", "check_reach"]

_HOW = "`runnel users add NAME` makes one, `runnel users token NAME` a token"


class Identity:
    """Finds out who calls, with no question to the database for one that was found before."""

    def __init__(self, runnel: Runnel) -> None:
        self._runnel = runnel
        self._directory: Directory | None = None

    @property
    def directory(self) -> Directory:
        """Whose the secrets are. Raises Closed where the `Runnel` is not open."""
        users = self._runnel.users
        if self._directory is None or self._directory.users is not users:
            self._directory = Directory(users)
        return self._directory

    async def has_users(self) -> bool:
        """Whether callers have to show who they are."""
        return await self.directory.has_users()

    async def __call__(self, connection: HTTPConnection, /) -> Caller:
        """Raises Unauthenticated."""
        directory = self.directory
        if not await directory.has_users():
            self._check_at_this_machine(connection)
            return Caller(self._runnel, known=directory.is_open)
        secret, found = await self._shown(directory, connection)
        return Caller(self._runnel.as_user(found.user), found.user, partial(_still, directory, secret), found.name)

    def _check_at_this_machine(self, connection: HTTPConnection) -> None:
        client = connection.client
        if client is not None and not _is_loopback(client.host):
            raise Unauthenticated(f"this server has no users, so only its own machine may use it: {_HOW}")

    async def _shown(self, directory: Directory, connection: HTTPConnection) -> tuple[str, Credential]:
        """What was shown, and whose it is. Raises Unauthenticated."""
        given = connection.headers.get("authorization")
        if given is not None:
            scheme, _, secret = given.partition(" ")
            if scheme.lower() != "bearer":
                raise Unauthenticated("this server takes tokens: send the header `Authorization: Bearer …`")
            secret = secret.strip()
            found = await directory.find(secret)
            if found is None or found.token is None:
                raise Unauthenticated("this token is not known here, has expired or was revoked")
            return secret, found
        session = cookies.read(connection, cookies.SESSION)
        if session is None:
            raise Unauthenticated(f"say who you are: with a token (`Authorization: Bearer …`), or at /login. {_HOW}")
        found = await directory.find(session)
        if found is None or found.token is not None:
            raise Unauthenticated("this session is over: log in again")
        return session, found


async def _still(directory: Directory, secret: str) -> bool:
    """Whether a secret that was good still is."""
    return await directory.find(secret) is not None


async def check_reach(runnel: Runnel, host: str, *, loopback: bool) -> None:
    """Raises ConfigError where a server at `host` would let everybody do everything: it can be reached from other
    machines, and the database has no users."""
    if not loopback and not (await runnel.users.state())[1]:
        raise ConfigError(
            f"{host} can be reached from other machines, and there are no users yet: whoever reaches it could do"
            f" everything. Make a user (`runnel users add NAME`), or serve at 127.0.0.1"
        )


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:  # a socket file
        return True
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
