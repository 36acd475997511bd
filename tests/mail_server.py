"""Mail servers on a real socket: one that takes letters and keeps what was said, one that never answers."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Conversation:
    """What one client said: its commands, and the letter if it came to that."""

    commands: list[str] = field(default_factory=list)
    data: bytes = b""
    ended: bool = False

    @property
    def letter(self) -> EmailMessage:
        return message_from_bytes(self.data, policy=policy.default)


class MailServer:
    """Speaks as much SMTP as Django does. `answers` replaces the answer to a command, by its first word."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.hangs = hangs
        self.answers: dict[str, str] = {}
        self.conversations: list[Conversation] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self.listener.accept()
                conversation = Conversation()
                self.conversations.append(conversation)
                threading.Thread(target=self._serve, args=(client, conversation), daemon=True).start()

    def _serve(self, client: socket.socket, conversation: Conversation) -> None:
        with client, contextlib.suppress(ConnectionError):
            if self.hangs:
                while client.recv(4096):
                    pass
            else:
                self._converse(client, conversation)
        conversation.ended = True

    def _converse(self, client: socket.socket, conversation: Conversation) -> None:
        lines = client.makefile("rb")

        def say(line: str) -> None:
            client.sendall(f"{line}\r\n".encode())

        say("220 mail.example ESMTP")
        for line in lines:
            command = line.decode().strip()
            conversation.commands.append(command)
            word = command.split()[0].lower()
            if word in self.answers:
                say(self.answers[word])
            elif word == "data":
                say("354 Go on.")
                conversation.data = b"".join(iter(lines.readline, b".\r\n"))
                say("250 Taken.")
            elif word == "quit":
                say("221 Bye.")
                return
            else:
                say("250 Fine.")


@contextlib.contextmanager
def listening(*, hangs: bool = False) -> Iterator[MailServer]:
    server = MailServer(hangs=hangs)
    yield server
    server.close()
