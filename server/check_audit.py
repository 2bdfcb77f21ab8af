#!/usr/bin/env python3
"""Checks an exported audit of Dudao, without any code of Dudao.

    python3 check_audit.py [FOLDER] [--blobs FOLDER] [--server-key HEX] [--expect SPACE:POSITION:HASH]...

Needs Python 3.9 or newer and, for signatures, the package `cryptography` or the command `openssl` (3.0 or newer).
Ends with 0 and a summary, or with 1 and the first difference. The formats are explained in README.txt beside this file.

  --blobs FOLDER   also checks the files themselves (ab/cd/<sha256> below the folder)
  --server-key HEX the server's public key as you know it from elsewhere (a tablet shows its first 16 hash digits)
  --expect S:P:H   receipt P of space S has hash H, as somebody who held it knows: finds a log that was cut off at its end
"""
import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile

ED25519, SM2 = 1, 2
ZEROS = bytes(32)


class Difference(Exception):
    pass


def need(holds, what):
    if not holds:
        raise Difference(what)


# --- primitives: the same in all statements ---------------------------------------------------------------------------

def varint(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return varint(len(data)) + data


def statement(name, *parts):
    return text(name) + b"".join(varint(p) if isinstance(p, int) else text(p) for p in parts)


def sha(data):
    return hashlib.sha256(data).digest()


class Reader:
    """Reads canonical bytes, and protobuf, which uses the same varints."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self):
        value, shift = 0, 0
        while True:
            need(self.at < len(self.data) and shift < 64, "bytes end too early")
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def take(self, count):
        need(self.at + count <= len(self.data), "bytes end too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def text(self):
        return self.take(self.number())


def message(data):
    """The fields of a protobuf message: number -> last value (int or bytes)."""
    reader, fields = Reader(data), {}
    while reader.at < len(data):
        tag = reader.number()
        kind = tag & 7
        if kind == 0:
            fields[tag >> 3] = reader.number()
        elif kind == 2:
            fields[tag >> 3] = reader.text()
        elif kind in (1, 5):
            fields[tag >> 3] = reader.take(8 if kind == 1 else 4)
        else:
            raise Difference("a body that is no message")
    return fields


# --- signatures -------------------------------------------------------------------------------------------------------

PREFIX = {ED25519: bytes.fromhex("302a300506032b6570032100"),
          SM2: bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")}


def by_openssl(suite, key, data, signature):
    with tempfile.TemporaryDirectory() as folder:
        def put(name, content):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(content)
            return path
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin",
                   "-inkey", put("key", PREFIX[suite] + key), "-sigfile", put("signature", signature),
                   "-in", put("data", data)]
        if suite == SM2:
            command += ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def by_package(suite, key, data, signature):
    if suite != ED25519:
        return by_openssl(suite, key, data, signature)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
        return True
    except (InvalidSignature, ValueError):
        return False


try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    verify = by_package
except ImportError:
    verify = by_openssl


def signed(key, data, row, what):
    need(key is not None, what + ": signed by a key that the control log does not have")
    suite, public = key
    need(suite == row["suite"] and suite in PREFIX, what + ": another kind of signature")
    need(verify(suite, public, data, bytes.fromhex(row["signature"])), what + ": the signature does not hold")


# --- files ------------------------------------------------------------------------------------------------------------

def rows(path):
    if not os.path.exists(path):
        raise Difference("a file is missing: " + path)
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


class Audit:
    def __init__(self, folder):
        self.folder = folder
        self.server_keys = {}
        self.key_since = {}  # number -> position of the entry that announced it
        self.devices = {}   # id -> [(position, key number, suite, public key)]
        self.verdicts = {}  # (space, replica, seq, hash) -> released
        self.spaces = set()
        self.control_position = 0
        self.counts = {}

    def count(self, name, by=1):
        self.counts[name] = self.counts.get(name, 0) + by

    # The control log: who, which device, which verdict.
    def control(self, server_key):
        before = ZEROS
        for row in rows(os.path.join(self.folder, "control.jsonl")):
            what = "control entry %d" % row["position"]
            need(row["position"] == self.control_position + 1, what + ": one is missing before it")
            body = bytes.fromhex(row["body"])
            previous = bytes.fromhex(row["previous"])
            need(previous == before, what + ": it does not follow the one before")
            fields = message(body)
            newest = max(self.server_keys, default=0)
            need(not newest or row["key"] == newest, what + ": not signed by the server's newest key")
            if newest and 1 in fields:
                self.announced(message(fields[1]), newest, previous, what)
            if not self.server_keys:
                need(1 in fields, what + ": the first entry must announce the server's key")
                first = message(fields[1])
                need(server_key is None or first[3] == server_key, what + ": not the server key that you know")
                self.server_keys[row["key"]] = (first.get(2, 0), first[3])
            data = statement("dudao.control.1", row["suite"], row["key"], row["position"], row["time_ms"],
                             row["actor"], body, previous)
            signed(self.server_keys.get(row["key"]), data, row, what)
            before = sha(data + text(bytes.fromhex(row["signature"])))
            need(before.hex() == row["hash"], what + ": another hash")
            self.control_position = row["position"]
            self.fold(fields, row["position"])
            self.count("control entries")

    # A further key of the server: the next number, and signed by itself as well.
    def announced(self, key, newest, previous, what):
        need(key.get(1, 0) == newest + 1, what + ": not the next key of the server")
        suite, public = key.get(2, 0), key.get(3, b"")
        data = statement("dudao.server-key.1", suite, newest + 1, public, key.get(4, b""), key.get(5, b""), previous)
        need(suite in PREFIX and verify(suite, public, data, key.get(6, b"")), what + ": the new key has not signed it")

    # The key of the server when its control log stood there.
    def server_key_at(self, position):
        return max((key for key, at in self.key_since.items() if at <= position), default=0)

    def fold(self, fields, position):
        if 1 in fields:
            key = message(fields[1])
            self.server_keys[key.get(1, 0)] = (key.get(2, 0), key.get(3, b""))
            self.key_since.setdefault(key.get(1, 0), position)
        if 2 in fields:
            self.spaces.add(message(fields[2]).get(1, b"").decode())
        if 4 in fields:
            rule = message(fields[4])
            self.devices.setdefault(rule[1].decode(), []).append(
                (position, rule.get(4, 0), rule.get(5, 0), rule.get(6, b"")))
        if 5 in fields:
            verdict = message(fields[5])
            at = (verdict[1].decode(), verdict[2].hex(), verdict.get(3, 0), verdict[4].hex())
            self.verdicts[at] = verdict.get(5, 0) == 1
            self.count("verdicts")
        if 6 in fields:  # an entry that a restore lost and a tablet brought back
            inner = message(message(fields[6])[2])
            self.fold(message(inner[4]), position)

    def key_of(self, signer, number):
        if signer == "server":
            return self.server_keys.get(number)
        for _, key, suite, public in self.devices.get(signer, []):
            if key == number and public:
                return suite, public
        return None

    def usable_at(self, signer, number, position):
        if signer == "server":
            return True
        return any(at <= position and key == number for at, key, _, _ in self.devices.get(signer, []))

    def access(self):
        before, position = ZEROS, 0
        for row in rows(os.path.join(self.folder, "access.jsonl")):
            position += 1
            need(row["position"] == position, "access log %d: it is missing" % position)
            data = (b"dudao-access 1\n" + text(before) + varint(position) + varint(row["time_ms"]) +
                    text(row["actor"]) + text(row["event"]) + text(row["subject"]))
            before = sha(data)
            need(before.hex() == row["hash"], "access log %d: another hash" % position)
            self.count("accesses")

    def space(self, name, expected, restored):
        folder = os.path.join(self.folder, "spaces", name)
        need(name in self.spaces, "space %s: not in the control log" % name)
        claims, receipts, first = {}, {}, {}
        before, position = ZEROS, 0
        for row in rows(os.path.join(folder, "receipts.jsonl")):
            position += 1
            what = "space %s, receipt %d" % (name, position)
            need(row["position"] == position, what + ": it is missing")
            need(bytes.fromhex(row["previous"]) == before, what + ": it does not follow the one before")
            data = statement("dudao.receipt.1", row["suite"], row["key"], name, position, row["time_ms"],
                             bytes.fromhex(row["replica"]), row["seq"], bytes.fromhex(row["hash"]),
                             bytes.fromhex(row["previous"]), row["control_position"])
            signed(self.server_keys.get(row["key"]), data, row, what)
            need(row["control_position"] <= self.control_position, what + ": the control log is too short")
            need(row["key"] == self.server_key_at(row["control_position"]), what + ": a key that was not the server's then")
            before = sha(data + text(bytes.fromhex(row["signature"])))
            receipts[position] = before.hex()
            claims.setdefault((row["replica"], row["seq"]), []).append((row["hash"], what))
            first.setdefault((row["replica"], row["seq"]), row["control_position"])
            self.count("receipts")
        for at, digest in expected:
            need(receipts.get(at) == digest, "space %s, receipt %d: cut off, or another one" % (name, at))
        covered = self.proofs(name, folder, claims, receipts, first, restored)
        self.changes(name, folder, claims, covered)

    def proofs(self, name, folder, claims, receipts, first, restored):
        covered, owners, proven = {}, {}, set()
        for row in rows(os.path.join(folder, "proofs.jsonl")):
            what = "space %s, replica %s, signed head %d" % (name, row["replica"][:8], row["seq"])
            data = statement("dudao.head.1", row["suite"], row["signer"], row["key"], name,
                             bytes.fromhex(row["replica"]), row["seq"], bytes.fromhex(row["hash"]),
                             row["receipt_position"], bytes.fromhex(row["receipt_hash"]))
            signed(self.key_of(row["signer"], row["key"]), data, row, what)
            if row["signer"] != "server":
                need(owners.setdefault(row["replica"], row["signer"]) == row["signer"],
                     what + ": two devices signed one replica")
            at = first.get((row["replica"], row["seq"]))
            need(at is None or self.usable_at(row["signer"], row["key"], at), what + ": the device was not in use")
            seen = row["receipt_position"]
            if seen and receipts.get(seen) != row["receipt_hash"]:
                need(any(seen > position for position in restored), what + ": it names another receipt %d" % seen)
                self.count("receipts lost by a restore")
            claims.setdefault((row["replica"], row["seq"]), []).append((row["hash"], what))
            covered[row["replica"]] = max(covered.get(row["replica"], 0), row["seq"])
            proven.add((row["replica"], row["seq"]))
            self.count("signed heads")
        for replica, seq in first:
            need((replica, seq) in proven, "space %s, replica %s, change %d: confirmed, and nobody has signed it"
                 % (name, replica[:8], seq))
        return covered

    def changes(self, name, folder, claims, covered):
        aside = {}
        for row in rows(os.path.join(folder, "kept_aside.jsonl")):
            what = "space %s, replica %s, kept aside %d" % (name, row["replica"][:8], row["seq"])
            canonical = bytes.fromhex(row["canonical"])
            need(sha(canonical).hex() == row["hash"], what + ": another hash")
            decided = self.verdicts.get((name, row["replica"], row["seq"], row["hash"]))
            state = {None: "pending", True: "released", False: "refused"}[decided]
            need(row["state"] in (state, "pending"), what + ": decided otherwise")
            if row["in_log"]:
                aside[(row["replica"], row["seq"])] = row["hash"]
            self.count("kept aside")
        heads = {}
        for row in rows(os.path.join(folder, "changes.jsonl")):
            replica, seq = row["replica"], row["seq"]
            what = "space %s, replica %s, change %d" % (name, replica[:8], seq)
            number, chain = heads.get(replica, (0, ZEROS))
            need(seq == number + 1, what + ": number %d is missing" % (number + 1))
            canonical = bytes.fromhex(row["canonical"])
            reader = Reader(canonical)
            need(reader.text().decode() == name and reader.take(16).hex() == replica and reader.number() == seq,
                 what + ": the content is of another change")
            chain = sha(b"dudao.change.1" + chain + canonical)
            need(chain.hex() == row["chain"], what + ": another chain hash")
            for expected, who in claims.pop((replica, seq), []):
                need(expected == chain.hex(), who + ": it does not fit the changes")
            kept = aside.pop((replica, seq), None)
            need(kept is None or kept == sha(canonical).hex(), what + ": another one was kept aside")
            heads[replica] = (seq, chain)
            self.count("changes")
        for (replica, seq), left in claims.items():
            raise Difference(left[0][1] + ": the change is missing")
        need(not aside, "space %s: a change that was kept aside is missing" % name)
        for replica, (seq, _) in heads.items():
            need(covered.get(replica, 0) >= seq, "space %s, replica %s, change %d: nobody has signed it"
                 % (name, replica[:8], covered.get(replica, 0) + 1))
        self.count("replicas", len(heads))

    def blobs(self, folder):
        for row in rows(os.path.join(self.folder, "blobs.jsonl")):
            name = row["sha256"]
            need(len(name) == 64, "file %s: no hash" % name)
            self.count("files")
            if folder is None:
                continue
            path = os.path.join(folder, name[:2], name[2:4], name)
            need(os.path.exists(path), "file %s: it is missing" % name)
            digest = hashlib.sha256()
            with open(path, "rb") as file:
                for piece in iter(lambda: file.read(1 << 20), b""):
                    digest.update(piece)
            need(digest.hexdigest() == name, "file %s: another content" % name)


def run(arguments):
    audit = Audit(arguments.folder)
    with open(os.path.join(arguments.folder, "about.json"), encoding="utf-8") as file:
        about = json.load(file)
    need(about["format"] == 1, "an export of another version")
    audit.control(bytes.fromhex(arguments.server_key) if arguments.server_key else None)
    audit.access()
    expected = {}
    for item in arguments.expect:
        space, position, digest = item.split(":")
        expected.setdefault(space, []).append((int(position), digest))
    names = sorted(os.listdir(os.path.join(arguments.folder, "spaces")))
    need(names == sorted(about["spaces"]), "spaces are missing or added")
    for name in names:
        audit.space(name, expected.pop(name, []), about["restored"].get(name, []))
    need(not expected, "a space that is expected is missing")
    audit.blobs(arguments.blobs)
    return audit


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--blobs")
    parser.add_argument("--server-key")
    parser.add_argument("--expect", action="append", default=[])
    arguments = parser.parse_args()
    try:
        audit = run(arguments)
    except (Difference, ValueError, KeyError, TypeError, OSError) as found:
        print("不符 DIFFERENT: %s" % (found if isinstance(found, Difference) else repr(found)))
        return 1
    print("相符 everything holds: " + ", ".join("%d %s" % (n, name) for name, n in audit.counts.items()))
    fingerprint = sha(audit.server_keys[max(audit.server_keys)][1]).hex()[:16]
    print("服务器密钥指纹 fingerprint of the server's key: " + fingerprint)
    if not arguments.expect:
        print("末尾是否被截去，须与平板所持的回执比对（--expect） "
              "a log that was cut off at its end is found by comparing with receipts that tablets hold (--expect)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
