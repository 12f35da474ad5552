"""Signatures of webhooks, as the Standard Webhooks specification says."""

from typing import Any

import msgspec
import pytest

from runnel.errors import SignatureInvalid
from runnel.webhooks import Notice, encode, key_of, new_secret, sign, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


def notice(**fields: Any) -> Notice:
    """Any notice."""
    return msgspec.convert(
        {"id": "n1", "type": "run.ended", "at": 0, "run_id": "r1", "status": "failed"} | fields, Notice
    )


def signed(body: bytes, at: int = 1000, secret: str = SECRET) -> dict[str, str]:
    """The headers of a request."""
    return {"Webhook-Id": "n1", "Webhook-Timestamp": str(at), "Webhook-Signature": sign("n1", at, body, secret)}


def test_a_signature_is_the_one_of_the_specification() -> None:
    # The example of the Standard Webhooks libraries' own tests.
    secret, body = SECRET, b'{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, secret) == expected


def test_a_signed_notice_is_what_was_signed() -> None:
    one = notice(content="é\n", calls=("c1",))
    body = encode(one)
    assert verify(signed(body), body, SECRET, now=1000) == one
    assert verify(signed(body), body, [OTHER, SECRET], now=1299) == one
    both = signed(body) | {
        "Webhook-Signature": f"v1a,xyz {sign('n1', 1000, body, OTHER)} {sign('n1', 1000, body, SECRET)}"
    }
    assert verify(both, body, SECRET, now=701) == one


@pytest.mark.parametrize(
    ("headers", "now"),
    [
        ({}, 1301),
        ({}, 699),
        ({"Webhook-Id": "n2"}, 1000),
        ({"Webhook-Timestamp": "1001"}, 1000),
        ({"Webhook-Timestamp": "soon"}, 1000),
        ({"Webhook-Timestamp": "-1000"}, 1000),
        ({"Webhook-Timestamp": ""}, 1000),
        ({"Webhook-Signature": ""}, 1000),
        ({"Webhook-Signature": "v1,"}, 1000),
        ({"Webhook-Signature": "v1,é"}, 1000),
        ({"Webhook-Signature": sign("n1", 1000, encode(notice()), OTHER)}, 1000),
        ({"Webhook-Signature": sign("n1", 1000, encode(notice()), SECRET).replace("v1,", "v2,")}, 1000),
    ],
    ids=str,
)
def test_a_request_that_is_not_signed_so_is_refused(headers: dict[str, str], now: int) -> None:
    body = encode(notice())
    with pytest.raises(SignatureInvalid):
        verify(signed(body) | headers, body, SECRET, now=now)


def test_a_new_secret_is_one() -> None:
    secret = new_secret()
    assert secret.startswith("whsec_")
    assert len(key_of(secret)) == 32
    assert secret != new_secret()


def test_a_body_that_was_changed_is_refused() -> None:
    body = encode(notice())
    with pytest.raises(SignatureInvalid):
        verify(signed(body), body + b" ", SECRET, now=1000)
    with pytest.raises(SignatureInvalid, match="no notice"):
        verify(signed(b"{}"), b"{}", SECRET, now=1000)
