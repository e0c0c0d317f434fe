"""All models of this app, where Django looks for them."""

from accounts.models.api_tokens import APIToken as APIToken
from accounts.models.api_tokens import APITokenQuerySet as APITokenQuerySet
from accounts.models.api_tokens import all_scopes as all_scopes
from accounts.models.audit import Action as Action
from accounts.models.audit import AuditEvent as AuditEvent
from accounts.models.logins import Login as Login
from accounts.models.logins import LoginLink as LoginLink
from accounts.models.logins import RefreshToken as RefreshToken
from accounts.models.people import FormerUnion as FormerUnion
from accounts.models.people import OpenId as OpenId
from accounts.models.people import Person as Person
from accounts.models.tickets import Ticket as Ticket
from accounts.models.users import User as User
