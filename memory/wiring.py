"""The one place that knows concrete classes: settings in, services out.

`build` opens a home; every port can be given instead, which is how tests put a fake in one place and keep the rest
real. What is slow to load and not always needed (the classifier, the parser) is made when it is first used.
"""

import gc
import logging
import secrets
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from classifiers.revision import recognizers
from classifiers.rules import ClassificationRules, load_rules
from connectors.registry import open_connector
from memory.access.decisions import PolicyDecisions
from memory.access.freshness import FreshnessTokens
from memory.adapters import processor
from memory.adapters.audit.keys import PUBLIC_KEY, AuditKeys, ed25519_verify, load_audit_keys
from memory.adapters.audit.log import SqliteAuditLog
from memory.adapters.catalogue.database import open_catalogue
from memory.adapters.encoders.openvino import open_encoder
from memory.adapters.identity.issuer import TokenIssuer, TokenVerifier
from memory.adapters.index.edge import open_edge_index
from memory.adapters.index.elsewhere import IndexElsewhere
from memory.adapters.languages import LinguaLanguageDetector
from memory.adapters.lazy import LazyClassifier, LazyPartitioner
from memory.adapters.line_differ import GitLineDiffer
from memory.adapters.metered import MeteredClassifier, MeteredEncoder, MeteredIndex, MeteredPartitioner
from memory.adapters.policy.cedar import CedarPolicyEngine
from memory.adapters.policy.loading import load_pack
from memory.adapters.raw_files import LocalRawFiles
from memory.adapters.registrations import load_registrations
from memory.audit.checkpoints import VerifierKey
from memory.audit.events import AuditEvent, EventName
from memory.audit.verification import Report, verify
from memory.domain.errors import IndexOwnedElsewhere, IndexUnavailable, Misconfigured
from memory.domain.identity import OPERATING, PrincipalToken
from memory.domain.ports.audit import AuditLog
from memory.domain.ports.catalogue import Catalogue
from memory.domain.ports.classifier import Classifier, Labeller
from memory.domain.ports.connector import ConnectorOpener
from memory.domain.ports.differ import LineDiffer
from memory.domain.ports.encoder import Encoder
from memory.domain.ports.identity import CallerVerifier
from memory.domain.ports.index import Index
from memory.domain.ports.languages import LanguageDetector
from memory.domain.ports.partitioner import Partitioner
from memory.domain.ports.policy import PolicyEngine
from memory.domain.ports.surroundings import Clock, Randomness, RawFiles, SystemClock
from memory.domain.usage import Meter
from memory.founding import naming_secret, require_home
from memory.ingest import flags
from memory.ingest.claiming import SyncRooms
from memory.ingest.departures import DeletionCap
from memory.ingest.naming import Naming
from memory.ingest.rooms import Rooms as WriteRooms
from memory.ingest.running import SyncRunner
from memory.publication.relay import OwnTurns, Relay, Turns
from memory.retrieval.entitling import CurrentAccess
from memory.retrieval.languages import dense_weights
from memory.retrieval.planning import PlannerBounds
from memory.retrieval.rooms import Rooms as ReadRooms
from memory.retrieval.visibility import VisibleSets
from memory.settings import Settings

log = logging.getLogger(__name__)

LOG_KEY = PUBLIC_KEY
"""Name of the file with the public key of the log, among the keys of a home."""

TURN_S = 0.0005
"""How long a thread that computes may keep others waiting for the interpreter. Python's own default is ten times that:
the audit write beside ingestion took 7 ms in the worst twentieth, and texts waited to be embedded while others were
scanned, a tenth of the time of the write walk."""

FOLLOWED_S = 10.0
"""How long a sync waits for another process to publish what it staged: that one looks every quarter of a second."""

LOOK_S = 0.05
"""How often it looks meanwhile."""

DIMENSION = 384
"""Of the packaged model; a home holds the vectors of one."""


class SystemRandomness:
    """The machine's source of randomness."""

    def token(self, size: int) -> bytes:
        """Return `size` bytes that nobody can guess."""
        return secrets.token_bytes(size)


class Ports(TypedDict, total=False):
    """What may be given instead of the real thing: every port there is."""

    clock: Clock
    randomness: Randomness
    verifier: CallerVerifier
    policy: PolicyEngine
    catalogue: Catalogue
    index: Index
    encoder: Encoder
    partitioner: Partitioner
    classifier: Classifier
    languages: LanguageDetector
    labeller: Labeller
    differ: LineDiffer
    raw: RawFiles
    log: AuditLog
    connectors: ConnectorOpener


@dataclass(frozen=True, slots=True)
class Services:
    """An open home: the two walks, and what runs beside them. `connector` reads a registered source.

    `labelling` names the rules and recognizers that documents are labelled by here.
    """

    settings: Settings
    clock: Clock
    randomness: Randomness
    catalogue: Catalogue
    index: Index
    encoder: Encoder
    log: AuditLog
    verifier: CallerVerifier
    connector: ConnectorOpener
    meter: Meter
    reading: ReadRooms
    writing: WriteRooms
    relay: Relay
    labelling: str

    def publish(self) -> None:
        """Let the index follow. What it cannot follow now stays in the outbox; the catalogue is already right."""
        self._follows()

    def published(self) -> None:
        """Return when the index has followed what is staged by now, whoever publishes it; after `FOLLOWED_S` anyhow.

        What a sync reports is then found. An index that fails is not waited for.
        """
        if not self._follows():
            return
        with self.catalogue.read() as session:
            newest = session.outbox.newest()
        until = time.monotonic() + FOLLOWED_S
        while self._behind(newest) and time.monotonic() < until:
            time.sleep(LOOK_S)

    def _follows(self) -> bool:
        """Publish what is staged, unless that is for another process; say whether the index can follow."""
        try:
            self.relay.drain()
        except IndexUnavailable as error:
            log.error("The index could not follow the catalogue: %s", error)
            return False
        except IndexOwnedElsewhere:
            log.debug("Another process owns the index and publishes what was staged.")
        return True

    def _behind(self, sequence: int) -> bool:
        with self.catalogue.read() as session:
            return any(entry.sequence <= sequence for entry in session.outbox.pending(1))

    def record(self, name: EventName, actor: PrincipalToken, body: Mapping[str, Any]) -> None:
        """Record something that was done. Raises `AuditUnavailable`."""
        self.log.append(AuditEvent(name, self.clock.now(), actor, body).leaf(), key=None, private=None)

    def sign_log(self) -> None:
        """Sign a checkpoint over what was recorded since the last, so that nobody can rewrite it unnoticed."""
        signed = self.log.checkpoints()
        if self.log.size() > (signed[-1].size + 1 if signed else 0):
            checkpoint = self.log.checkpoint()
            body = {"size": checkpoint.size, "root_hash": checkpoint.root.hex()}
            self.record(EventName.CHECKPOINT_SIGNED, OPERATING, body)

    def warm(self) -> None:
        """Do once what the first question would otherwise wait for, and settle how this process spends its time.

        What is loaded by then stays for long: the collector need not walk tens of thousands of scopes again and again.
        """
        self.encoder.encode_query("warm")
        self.reading.languages.guesses("warm")
        self.reading.languages.guesses("What was agreed?")
        with self.catalogue.read() as session:
            self.reading.access.state(session)
        gc.collect()
        gc.freeze()

    @property
    def syncing(self) -> SyncRooms:
        """What syncs of registered sources work with."""
        cap = DeletionCap(self.settings.max_deletions, self.settings.max_deletion_ratio)
        return SyncRooms(
            self.writing,
            self.randomness,
            self.connector,
            self.record,
            self.publish,
            self.published,
            cap,
            self.labelling,
        )

    def sync_runner(self) -> SyncRunner:
        """Return what runs queued syncs; a process that serves keeps one working."""
        return SyncRunner(self.syncing)


def answer_first() -> None:
    """Let what this process answers come before what others compute; call it first, threads inherit it."""
    processor.answer_first()


def give_way() -> None:
    """Let whoever answers come before what this process computes."""
    processor.give_way()


@contextmanager
def build(settings: Settings, **ports: Unpack[Ports]) -> Iterator[Services]:
    """Open a home and close it in the end. Raises `HomeMissing`, `Misconfigured` or `IndexOwnedElsewhere`.

    From then on threads of this process take short turns: a question waits for the disk a dozen times, and each time
    for its turn behind whatever computes.
    """
    sys.setswitchinterval(TURN_S)
    secret = naming_secret(settings)
    keys = load_audit_keys(settings.keys)
    rules = load_rules(settings.config / "classification.yaml")
    with ExitStack() as stack:
        clock = ports.get("clock") or SystemClock()
        meter = Meter()
        index = ports.get("index") or _index(settings)
        stack.callback(index.close)
        encoder = MeteredEncoder(ports.get("encoder") or open_encoder(settings.models), meter)
        catalogue = ports.get("catalogue") or open_catalogue(settings.catalogue, clock)
        stack.callback(catalogue.close)
        audit_log = ports.get("log") or SqliteAuditLog(settings.audit_log, keys)
        stack.callback(audit_log.close)
        common = _Common(
            settings,
            ports,
            clock,
            ports.get("randomness") or SystemRandomness(),
            meter,
            encoder,
            ports.get("languages") or LinguaLanguageDetector(),
            catalogue,
        )
        metered = MeteredIndex(index, meter)
        services = Services(
            settings=settings,
            clock=clock,
            randomness=common.randomness,
            catalogue=catalogue,
            index=metered,
            encoder=encoder,
            log=audit_log,
            verifier=ports.get("verifier") or token_verifier(settings),
            connector=ports.get("connectors") or open_connector,
            meter=meter,
            reading=_reading(common, metered, audit_log, rules, keys, FreshnessTokens(secret)),
            writing=_writing(common, audit_log, rules, Naming(secret), stack),
            relay=Relay(catalogue, metered, encoder.model, _turns(settings, stack)),
            labelling=_labelling(rules),
        )
        yield services
        services.sign_log()


def _index(settings: Settings) -> Index:
    """Open the index that the settings name. Raises `Misconfigured` or `IndexOwnedElsewhere`."""
    if settings.index_url is None:
        return open_edge_index(settings.index, DIMENSION)
    try:
        from memory.adapters.index.collection import Shape
        from memory.adapters.index.server import Address, open_server_index
    except ImportError as error:
        raise Misconfigured("A Qdrant server needs its client; install enterprise-memory[production].") from error
    address = Address(settings.index_url, settings.index_grpc_port, settings.index_key, settings.index_authority_file)
    shape = Shape(settings.index_collection, DIMENSION, settings.index_shards, settings.index_replicas)
    return open_server_index(address, shape)


def _turns(settings: Settings, stack: ExitStack) -> Turns:
    """Return what lets one relay at a time write: among processes where they share an index, else among threads."""
    if settings.index_url is None:
        return OwnTurns()
    from memory.adapters.catalogue.turns import DatabaseTurns

    turns = DatabaseTurns(settings.catalogue)
    stack.callback(turns.close)
    return turns


def build_beside(settings: Settings) -> AbstractContextManager[Services]:
    """Open a home whose index another process owns, or that needs none: writes are staged, the owner publishes them."""
    return build(settings, index=IndexElsewhere())


def labelling_on_disk(settings: Settings) -> str:
    """Name what a process that opened this home now would label by. Raises `InvalidPolicy`."""
    return _labelling(load_rules(settings.config / "classification.yaml"))


def _labelling(rules: ClassificationRules) -> str:
    return f"{rules.version}+{recognizers()}+{flags.revision()}"


def token_issuer(settings: Settings) -> TokenIssuer:
    """Return what signs tokens with the keys of a home. Raises `Misconfigured`."""
    return TokenIssuer(settings.keys)


def token_verifier(settings: Settings) -> CallerVerifier:
    """Return what checks the tokens of a home. Raises `Misconfigured`."""
    return TokenVerifier(settings.keys)


def verify_log(lines: Iterable[bytes], key: VerifierKey, kept: Iterable[str] = ()) -> Report:
    """Judge an export of a log by its public key and by checkpoints that were kept apart; it needs no home."""
    return verify(lines, key=key, verify_signature=ed25519_verify, kept=kept)


def line_differ() -> LineDiffer:
    """Return what compares texts; it needs no home."""
    return GitLineDiffer()


@contextmanager
def catalogue_of(settings: Settings) -> Iterator[Catalogue]:
    """Open the catalogue alone. Raises `HomeMissing`."""
    require_home(settings)
    with closing(open_catalogue(settings.catalogue)) as catalogue:
        yield catalogue


@contextmanager
def open_log(settings: Settings) -> Iterator[SqliteAuditLog]:
    """Open the audit log alone. Raises `HomeMissing`."""
    require_home(settings)
    with closing(SqliteAuditLog(settings.audit_log, load_audit_keys(settings.keys))) as audit_log:
        yield audit_log


def record_in(audit_log: AuditLog, name: EventName, actor: PrincipalToken, body: Mapping[str, Any]) -> None:
    """Record something an operator did. Raises `AuditUnavailable`."""
    audit_log.append(AuditEvent(name, SystemClock().now(), actor, body).leaf(), key=None, private=None)


@dataclass(frozen=True, slots=True)
class _Common:
    """What both walks share."""

    settings: Settings
    ports: Ports
    clock: Clock
    randomness: Randomness
    meter: Meter
    encoder: Encoder
    languages: LanguageDetector
    catalogue: Catalogue


def _reading(
    common: _Common,
    index: Index,
    audit_log: AuditLog,
    rules: ClassificationRules,
    keys: AuditKeys,
    freshness: FreshnessTokens,
) -> ReadRooms:
    settings = common.settings
    registrations = load_registrations(settings.config, settings.region)
    decisions = PolicyDecisions(
        common.ports.get("policy")
        or CedarPolicyEngine(load_pack(settings.config), registrations.purposes, rules.categories)
    )
    return ReadRooms(
        catalogue=common.catalogue,
        index=index,
        encoder=common.encoder,
        languages=common.languages,
        differ=common.ports.get("differ") or line_differ(),
        access=CurrentAccess(),
        freshness=freshness,
        decisions=decisions,
        visible=VisibleSets(decisions),
        registrations=registrations,
        log=audit_log,
        clock=common.clock,
        randomness=common.randomness,
        bounds=PlannerBounds(exact_chunks=settings.exact_chunks, dense=dense_weights(common.encoder.model.name)),
        commitment_key=keys.commitment,
        meter=common.meter,
    )


def default_classifier() -> Classifier:
    """Return the classifier that scans every document. Its recognizers are slow to load."""
    from classifiers.presidio import PresidioClassifier

    return PresidioClassifier()


def _writing(
    common: _Common, audit_log: AuditLog, rules: ClassificationRules, naming: Naming, stack: ExitStack
) -> WriteRooms:
    settings, ports = common.settings, common.ports

    def partitioner() -> Partitioner:
        from memory.adapters.partitioner.limits import Limits
        from memory.adapters.partitioner.sandbox import SandboxedPartitioner

        limits = Limits(
            timeout_s=settings.parse_seconds,
            memory_bytes=settings.parse_memory_bytes,
            input_bytes=settings.max_file_bytes,
        )
        made = SandboxedPartitioner(limits)
        stack.callback(made.close)
        return made

    return WriteRooms(
        catalogue=common.catalogue,
        partitioner=MeteredPartitioner(ports.get("partitioner") or LazyPartitioner(partitioner), common.meter),
        classifier=MeteredClassifier(ports.get("classifier") or LazyClassifier(default_classifier), common.meter),
        labeller=ports.get("labeller") or rules,
        languages=common.languages,
        encoder=common.encoder,
        raw=ports.get("raw") or LocalRawFiles(settings.raw),
        log=audit_log,
        clock=common.clock,
        naming=naming,
    )
