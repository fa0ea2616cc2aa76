"""GET /api/me as the FastAPI form of this API answers it: a Better Auth session cookie, its signature, PostgreSQL."""

import base64
import hashlib
import hmac
import os
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from typing import Annotated
from urllib.parse import unquote

from fastapi import Cookie, Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship

SECRET = os.environ["BETTER_AUTH_SECRET"].encode()

engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=8, max_overflow=8)
open_session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "user"
    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str | None]
    image: Mapped[str | None]
    email_verified: Mapped[bool] = mapped_column("emailVerified")
    role: Mapped[str | None]
    banned: Mapped[bool | None]
    created_at: Mapped[datetime] = mapped_column("createdAt")


class Session(Base):
    __tablename__ = "session"
    id: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column("expiresAt")
    user_id: Mapped[str] = mapped_column("userId", ForeignKey("user.id"))
    user: Mapped[User] = relationship()


class SessionAnswer(BaseModel):
    id: str
    expires_at: datetime
    impersonated_by: str | None = None


class MeAnswer(BaseModel):
    id: str
    email: str
    name: str | None
    image: str | None
    email_verified: bool
    role: str
    roles: list[str]
    created_at: datetime
    session: SessionAnswer


async def database() -> AsyncIterator[AsyncSession]:
    async with open_session() as session:
        yield session


def unsign(value: str) -> str | None:
    token, _, signature = unquote(value).rpartition(".")
    expected = base64.b64encode(hmac.new(SECRET, token.encode(), hashlib.sha256).digest()).decode()
    return token if token and hmac.compare_digest(signature.encode(), expected.encode()) else None


async def current_session(
    db: Annotated[AsyncSession, Depends(database)],
    cookie: Annotated[str | None, Cookie(alias="better-auth.session_token")] = None,
) -> Session:
    token = unsign(cookie) if cookie else None
    if token is None:
        raise HTTPException(401, "Not authenticated")
    found = await db.execute(select(Session).where(Session.token == token).options(joinedload(Session.user)))
    session = found.scalar_one_or_none()
    if session is None or session.expires_at <= datetime.now(timezone.utc):
        raise HTTPException(401, "Not authenticated")
    if session.user.banned:
        raise HTTPException(403, "Inactive user")
    return session


app = FastAPI()


@app.get("/api/me")
async def me(session: Annotated[Session, Depends(current_session)]) -> MeAnswer:
    user = session.user
    role = user.role or "user"
    return MeAnswer(
        id=user.id, email=user.email, name=user.name, image=user.image, email_verified=user.email_verified,
        role=role, roles=role.split(","), created_at=user.created_at,
        session=SessionAnswer(id=session.id, expires_at=session.expires_at),
    )
