"""gRPC keepalive: how soon a peer that is gone without a word is noticed. Agreed on by clients, agents and servers.

A process that hangs, a machine that lost its power, a NAT that forgot the connection: none of them closes it. A ping
each `PING_EVERY_S` that is not answered within `ANSWER_WITHIN_S` does.
"""

PING_EVERY_S = 15
ANSWER_WITHIN_S = 10
# What a server must let pass: it ends the connections of those that ping more often.
LEAST_BETWEEN_PINGS_S = 5

_PINGS: tuple[tuple[str, int], ...] = (
    ("grpc.keepalive_time_ms", PING_EVERY_S * 1000),
    # How long sent bytes may stay unacknowledged, and a ping unanswered: gRPC 1.85 looks only at the second for a ping.
    ("grpc.keepalive_timeout_ms", ANSWER_WITHIN_S * 1000),
    ("grpc.http2.ping_timeout_ms", ANSWER_WITHIN_S * 1000),
)
CHANNEL_OPTIONS: tuple[tuple[str, int], ...] = (
    *_PINGS,
    # A stream may be silent for hours, and lives all the same. gRPC's default ends the pings after two.
    ("grpc.http2.max_pings_without_data", 0),
    # Without a call, nobody waits for anything.
    ("grpc.keepalive_permit_without_calls", 0),
)
SERVER_OPTIONS: tuple[tuple[str, int], ...] = (
    *_PINGS,
    ("grpc.http2.min_ping_interval_without_data_ms", LEAST_BETWEEN_PINGS_S * 1000),
    ("grpc.keepalive_permit_without_calls", 1),
)
