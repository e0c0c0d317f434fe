"""WebSocket close codes that this server sends (RFC 6455, section 7.4.1, and its registry)."""

NORMAL = 1000
POLICY_VIOLATION = 1008
INTERNAL_ERROR = 1011
SERVICE_RESTART = 1012
