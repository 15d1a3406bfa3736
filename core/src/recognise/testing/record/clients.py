"""Clients of databases and brokers in Python, under OpenTelemetry's own instrumentations: `python clients.py psycopg 55432`.

Needs: opentelemetry-sdk and, of each that is asked for, the client (psycopg[binary] sqlalchemy asyncpg redis pymysql
celery pika) and opentelemetry-instrumentation-… of it.
"""

import asyncio
import importlib
import importlib.metadata
import sys

from opentelemetry import trace
from spans import provider, write

trace.set_tracer_provider(provider)
PORT = int(sys.argv[2])
MAIL = "jane@example.com"
HOST = "127.0.0.1"


def instrument(module, name, **options):
    """Starts OpenTelemetry's instrumentation of a client; its package is named like its module."""
    place = importlib.import_module(f"opentelemetry.instrumentation.{module}")
    getattr(place, name)().instrument(tracer_provider=provider, **options)
    return f"opentelemetry-instrumentation-{module.replace('_', '-')}"


def psycopg():
    traced = instrument("psycopg", "PsycopgInstrumentor")
    import psycopg as driver

    with driver.connect(f"host={HOST} port={PORT} user=desk dbname=postgres", autocommit=True) as shop:
        shop.execute("CREATE TABLE users (id int PRIMARY KEY, email text)")
        shop.execute("INSERT INTO users VALUES (%s, %s)", (1, MAIL))
        shop.execute(f"SELECT * FROM users WHERE email = '{MAIL}'")
        shop.cursor().executemany("UPDATE users SET email = %s WHERE id = %s", [(MAIL, 1), (MAIL, 2)])
        shop.execute("WITH gone AS (DELETE FROM users RETURNING *) SELECT * FROM gone")
        try:
            shop.execute("SELECT * FROM nowhere")
        except driver.Error:
            pass
        with shop.cursor().copy("COPY users FROM STDIN") as copy:
            copy.write_row((3, MAIL))
        shop.execute("DROP TABLE users")
    return ["psycopg", traced]


def sqlalchemy():
    traced = instrument("sqlalchemy", "SQLAlchemyInstrumentor")
    from sqlalchemy import String, create_engine, delete, select, text
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

    class Base(DeclarativeBase):
        pass

    class Person(Base):
        __tablename__ = "people"
        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str] = mapped_column(String(99))

    engine = create_engine(f"postgresql+psycopg://desk@{HOST}:{PORT}/postgres")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Person(id=1, email=MAIL), Person(id=2, email=MAIL)])
        session.commit()
        session.scalars(select(Person).where(Person.email == MAIL)).all()
        session.execute(text("SELECT count(*) FROM people"))
        session.execute(delete(Person).where(Person.id == 1))
        session.commit()
    Base.metadata.drop_all(engine)
    return ["sqlalchemy", traced]


def asyncpg():
    traced = instrument("asyncpg", "AsyncPGInstrumentor")
    import asyncpg as driver

    async def work():
        shop = await driver.connect(host=HOST, port=PORT, user="desk", database="postgres")
        await shop.execute("CREATE TABLE orders (id int PRIMARY KEY, email text)")
        await shop.execute("INSERT INTO orders VALUES ($1, $2)", 1, MAIL)
        await shop.fetch("SELECT * FROM orders WHERE email = $1", MAIL)
        await shop.executemany("UPDATE orders SET email = $1 WHERE id = $2", [(MAIL, 1)])
        async with shop.transaction():
            await shop.execute("DELETE FROM orders WHERE id = 1")
        await shop.execute("DROP TABLE orders")
        await shop.close()

    asyncio.run(work())
    return ["asyncpg", traced]


def pymysql():
    traced = instrument("pymysql", "PyMySQLInstrumentor")
    import pymysql as driver

    with driver.connect(host=HOST, port=PORT, user="root") as setup, setup.cursor() as cursor:
        cursor.execute("CREATE DATABASE shop")
    shop = driver.connect(host=HOST, port=PORT, user="root", database="shop", autocommit=True)
    with shop.cursor() as cursor:
        cursor.execute("CREATE TABLE people (id int PRIMARY KEY, email varchar(99))")
        cursor.execute("INSERT INTO people VALUES (%s, %s)", (1, MAIL))
        cursor.execute("SELECT * FROM people WHERE email = %s", (MAIL,))
        cursor.execute("DELETE FROM shop.people WHERE id = 1")
    shop.close()
    return ["pymysql", traced]


def redis():
    traced = instrument("redis", "RedisInstrumentor")
    import redis as driver

    cache = driver.Redis(host=HOST, port=PORT, db=3)
    cache.set("session:4711:cart", MAIL, ex=60)
    cache.get("session:4711:cart")
    cache.hset(f"user:{MAIL}", mapping={"name": "Jane Doe"})
    cache.hgetall(f"user:{MAIL}")
    cache.mget("session:1", "session:2")
    cache.lpush("inbox:7", "hello")
    cache.publish("news", "Jane Doe")
    with cache.pipeline() as pipe:
        pipe.set("a:1", "x").get("a:1").delete("a:1").execute()
    cache.delete("session:4711:cart", f"user:{MAIL}")
    cache.flushdb()
    return ["redis", traced]


def celery():
    traced = instrument("celery", "CeleryInstrumentor")
    from celery import Celery
    from celery.contrib.testing.worker import start_worker

    url = f"redis://{HOST}:{PORT}/0"
    app = Celery("desk", broker=url, backend=url)

    @app.task(name="desk.answer")
    def answer(mail):
        return f"{mail}: a lamp"

    with start_worker(app, perform_ping_check=False, pool="solo"):
        answer.delay(MAIL).get(timeout=20)
        answer.apply_async(args=[MAIL], queue="celery", headers={"mail": MAIL}).get(timeout=20)
    return ["celery", traced]


def pika():
    traced = instrument("pika", "PikaInstrumentor")
    import pika as driver

    connection = driver.BlockingConnection(driver.ConnectionParameters(HOST, PORT))
    channel = connection.channel()
    channel.queue_declare("orders")
    channel.exchange_declare("shop", "topic")
    channel.queue_bind("orders", "shop", "order.*")
    channel.basic_consume("orders", lambda *_: None, auto_ack=True)
    channel.basic_publish("", "orders", MAIL.encode())
    channel.basic_publish("shop", "order.made", MAIL.encode())
    connection.process_data_events(time_limit=2)
    channel.basic_publish("", "orders", MAIL.encode())
    connection.close()
    return ["pika", traced]


if __name__ == "__main__":
    packages = globals()[sys.argv[1]]()
    write([f"{name} {importlib.metadata.version(name)}" for name in packages])
