#!/usr/bin/env python3
"""Checks a proof that `gexlake prove ... --out x.proof` has written.

    python3 verify_proof.py x.proof [--key FILE_OR_KEY]

Needs Python 3.8 or newer, its standard library alone, no lake and no network. Says what the proof shows and what it does not.
Exit code: 0 where the proof holds, 6 where it does not, 2 for what is no proof.

It shares no code with gexlake. What it follows: RFC 6962 (leaf and node hashes), RFC 9162 section 2.1.3.2 (inclusion), RFC 8032
(Ed25519), C2SP tlog-checkpoint and signed-note.
"""

import argparse
import base64
import hashlib
import json
import math
import re
import sys
from datetime import datetime, timedelta, timezone

FORMAT = "gexlake proof 1"

# How an entry of a ladder is read: the field that has it, the names of its numbers, and where its list of prior values stands.
GEX = ("strikes", ["strike", "gex_vol", "gex_oi", "priors"])
GREEKS = ("mini_contracts", ["strike", "call_iv", "put_iv", "greek", "priors", "trailing_1", "trailing_2"])
ENDPOINTS = {
    **{name: GEX for name in ("gex_full", "gex_zero", "gex_one")},
    **{"state_" + name: GEX for name in ("gex_full", "gex_zero", "gex_one")},
    **{f"state_{greek}_{end}": GREEKS for greek in ("delta", "gamma", "vanna", "charm") for end in ("zero", "one")},
}

# The fields that a proof has, and no others, each with its type.
FIELDS = {
    "format": str,
    "number": {"ticker": str, "endpoint": str, "timestamp": str, "strike": float, "column": str, "value": object},
    "record": {"number": int, "bytes": str, "path": [str]},
    "source": {"checksum": str, "record_root": str, "records": int, "rule": str},
    "job": {"id": str},
    "file": {"job_id": str, "path": str, "checksum": str},
    "checkpoint": str,
    "entries": [{"index": int, "entry": str, "payload": (str, type(None)), "path": [str]}],
}

# Keys under which an object carries a record.
CARRIERS = "data record records snapshot snapshots payload payloads result results response body message".split()


class NoProof(Exception):
    """This is no proof."""


class Wrong(Exception):
    """Something in a proof does not hold."""


# --- hashes and trees ---------------------------------------------------------------------------------------------------------


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(data):
    return sha256(b"\x00" + data)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def is_included(leaf, index, size, root, path):
    """RFC 9162, section 2.1.3.2."""
    if index >= size:
        return False
    place, last, found = index, size - 1, leaf
    for beside in path:
        if last == 0:
            return False
        if place % 2 == 1 or place == last:
            found = node_hash(beside, found)
            while place % 2 == 0 and place > 0:
                place, last = place // 2, last // 2
        else:
            found = node_hash(found, beside)
        place, last = place // 2, last // 2
    return last == 0 and found == root


def from_hex(text):
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise Wrong(f"{text!r} is no hash")
    return bytes.fromhex(text)


def from_base64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = None
    if data is None or base64.b64encode(data).decode() != text:
        raise Wrong(f"{text[:20]!r}... is not base64")
    return data


# --- Ed25519: RFC 8032, section 5.1.7 and the code of its section 6 -----------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    total = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def same_point(one, other):
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


def decompress(data):
    y = int.from_bytes(data, "little")
    sign = y >> 255
    y &= (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else (0, y, 1, 0)
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT % P
    if (x * x - square) % P != 0:
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    key, point = decompress(public), decompress(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or point is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    return same_point(multiply(scalar, BASE), add(point, multiply(challenge, key)))


# --- checkpoints and keys -----------------------------------------------------------------------------------------------------


def parse_key(text):
    parts = text.strip().split("+", 2)
    try:
        raw = from_base64(parts[2]) if len(parts) == 3 else b""
    except Wrong:
        raw = b""
    if len(raw) != 33 or raw[0] != 1:
        raise NoProof("this is not a public key as name+hash+base64")
    name, key_id, public = parts[0], parts[1], raw[1:]
    if sha256(name.encode() + b"\n\x01" + public)[:4].hex() != key_id:
        raise NoProof(f"the key {name} is damaged")
    return name, key_id, public


def read_key(given):
    """A key, or the file that has it."""
    if re.match(r"[^\s+]+\+[0-9a-f]{8}\+", given):
        return parse_key(given)
    with open(given, encoding="utf-8") as file:
        return parse_key(file.read())


def open_note(note):
    """Its text, and its signatures: by whom, by which key, and the bytes."""
    if not note.endswith("\n"):
        raise Wrong("its checkpoint does not end with a whole line")
    at = note.rfind("\n\n")
    text, lines = (note, []) if at < 0 else (note[: at + 1], note[at + 2 : -1].split("\n"))
    signatures = []
    for line in lines:
        match = re.fullmatch(r"— (\S+) (\S+)", line)
        data = from_base64(match[2]) if match else b""
        if len(data) <= 4:
            raise Wrong("its checkpoint has something else than signatures behind its text")
        signatures.append((match[1], data[:4].hex(), data[4:]))
    return text, signatures


def has_signed(key, note):
    """Whether a key has signed a note. Throws Wrong where a signature of it does not hold."""
    name, key_id, public = key
    text, signatures = open_note(note)
    own = [signature for (by, of, signature) in signatures if (by, of) == (name, key_id)]
    if not all(is_signed(public, text.encode(), signature) for signature in own):
        raise Wrong(f"the signature by {name}+{key_id} does not hold")
    return len(own) > 0


def hands_over(key, statement, to):
    try:
        is_said = open_note(statement or "")[0] == "gexlake: checkpoints are signed by another key from here on\n" + to
        return is_said and has_signed(key, statement)
    except Wrong:
        return False


def trusted_from(key, origin, entries):
    """A key, and those to which it has handed over, one after the other, by entries of the log."""
    named = []
    for entry in sorted(entries, key=lambda one: one["index"]):
        said = json.loads(entry["entry"]).get("key")
        if isinstance(said, dict) and isinstance(said.get("verifier"), str):
            named.append((said["verifier"], said.get("statement")))
    keys = [parse_key(text) for text, _ in named]
    trusted = [key]
    at = keys.index(key) if key in keys else len(keys)
    for later, (text, statement) in zip(keys[at + 1 :], named[at + 1 :]):
        if not hands_over(trusted[-1], statement, f"{origin}\n{text}\n"):
            break
        trusted.append(later)
    return trusted


def open_checkpoint(note):
    """Its origin, size and root, and its signatures; who has signed it is another question."""
    text, signatures = open_note(note)
    body = text[:-1].split("\n")
    if len(body) < 3 or "" in body or not re.fullmatch(r"0|[1-9][0-9]{0,15}", body[1]):
        raise Wrong("its checkpoint does not say origin, size and root, each on its line")
    root = from_base64(body[2])
    if len(root) != 32:
        raise Wrong("the root of its checkpoint is no hash")
    return body[0], int(body[1]), root, signatures


# --- the proof ----------------------------------------------------------------------------------------------------------------


def check_form(value, form, what):
    if isinstance(form, dict):
        if not isinstance(value, dict) or set(value) != set(form):
            raise NoProof(f"{what} does not have just the fields {', '.join(form)}")
        for name, one in form.items():
            check_form(value[name], one, f"its {name}")
    elif isinstance(form, list):
        if not isinstance(value, list):
            raise NoProof(f"{what} is no list")
        for item in value:
            check_form(item, form[0], f"an item of {what}")
    elif form is float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise NoProof(f"{what} is no number")
    elif form is int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise NoProof(f"{what} is no count")
    elif not isinstance(value, form):
        raise NoProof(f"{what} is no text")


def record_in(element, depth=0):
    """The record that an element of the source's list is, or carries."""
    if not isinstance(element, dict):
        return None
    inner = [record_in(element[key], depth + 1) for key in CARRIERS if key in element] if depth < 8 else []
    inner = [record for record in inner if record is not None]
    if "timestamp" in element and ("spot" in element or not inner):
        return element
    return inner[0] if len(inner) == 1 else None


NUMBER = re.compile(r"[ \t\r\n]*-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?[ \t\r\n]*")


def number_of(value):
    """A number, which some records have as a text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = float(value) if NUMBER.fullmatch(value) else None
    if not isinstance(value, (int, float)):
        return None
    value = float(value)
    return value if math.isfinite(value) else None


def same_value(found, claimed):
    if isinstance(found, list):
        return isinstance(claimed, list) and len(found) == len(claimed) and all(map(same_value, found, claimed))
    if found is None or claimed is None:
        return found is None and claimed is None
    return not isinstance(claimed, (bool, str, list, dict)) and found == float(claimed)


def check_record(proof):
    number, record, source = proof["number"], proof["record"], proof["source"]
    if source["rule"] != "1":
        raise Wrong(f"its rule of records is {source['rule']}, which this program does not know")
    element = from_base64(record["bytes"])
    path = [from_hex(text) for text in record["path"]]
    if not is_included(leaf_hash(element), record["number"], source["records"], from_hex(source["record_root"]), path):
        raise Wrong("its record is not one of those of the record root")
    if number["endpoint"] not in ENDPOINTS:
        raise Wrong(f"{number['endpoint']} has no strikes")
    field, names = ENDPOINTS[number["endpoint"]]
    try:
        values = record_in(json.loads(element.decode()))
    except ValueError:
        values = None
    if values is None:
        raise Wrong("its record cannot be read")
    second = number_of(values.get("timestamp"))
    if second is None or not second.is_integer() or time_text(second) != number["timestamp"]:
        raise Wrong("its record is of another second")
    if values.get("ticker") != number["ticker"]:
        raise Wrong("its record is of another ticker")
    entries = values.get(field)
    entries = [entry for entry in entries if isinstance(entry, list)] if isinstance(entries, list) else []
    entry = next((one for one in entries if one and number_of(one[0]) == float(number["strike"])), None)
    if entry is None:
        raise Wrong("its record has no such strike")
    if number["column"] not in names:
        raise Wrong(f"there is no column {number['column']}")
    at = names.index(number["column"])
    found = entry[at] if at < len(entry) else None
    found = [number_of(one) for one in found] if isinstance(found, list) else number_of(found)
    if not same_value(found, number["value"]):
        raise Wrong("its record says another number")


def time_text(second):
    try:
        return datetime.fromtimestamp(second, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return ""


def session_of(timestamp):
    """The day in New York, by the rule of its clocks since 2007, so that no time-zone database is needed."""
    at = datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ")
    # On the second Sunday of March at 2:00 EST, and on the first one of November at 2:00 EDT.
    summer = sunday_from(at.year, 3, 8).replace(hour=7) <= at < sunday_from(at.year, 11, 1).replace(hour=6)
    return (at - timedelta(hours=4 if summer else 5)).strftime("%Y-%m-%d")


def sunday_from(year, month, day):
    first = datetime(year, month, day)
    return first + timedelta(days=6 - first.weekday())


def rows_of(entry, size, root):
    """The rows that an entry of the log changes."""
    path = [from_hex(text) for text in entry["path"]]
    if not is_included(leaf_hash(entry["entry"].encode()), entry["index"], size, root, path):
        raise Wrong(f"its entry {entry['index']} is not in the log of its checkpoint")
    try:
        rows = json.loads(entry["entry"])["rows"]
        if entry["payload"] is None:
            if isinstance(rows, list):
                return rows
        elif isinstance(rows, dict) and rows.get("sha256") == sha256(entry["payload"].encode()).hex():
            return [json.loads(line) for line in entry["payload"].split("\n")[:-1]]
    except (ValueError, KeyError, TypeError):
        pass
    raise Wrong(f"the rows of its entry {entry['index']} are not those that it names")


def find(changes, table, **values):
    for change in changes:
        row = change.get("row")
        if change.get("table") == table and row and all(row.get(name) == value for name, value in values.items()):
            return row
    return None


def check(proof, key):
    """What a proof shows and what it does not, in words. Throws Wrong."""
    check_record(proof)
    origin, size, root, signatures = open_checkpoint(proof["checkpoint"])
    changes = [row for entry in proof["entries"] for row in rows_of(entry, size, root)]
    trusted = [] if key is None else trusted_from(key, origin, proof["entries"])
    if key is not None and not any([has_signed(one, proof["checkpoint"]) for one in trusted]):
        raise Wrong(f"its checkpoint is not signed by {key[0]}+{key[1]}, nor by a key to which that has handed over")
    number, source, job, file = proof["number"], proof["source"], proof["job"], proof["file"]
    block = {"ticker": number["ticker"], "endpoint": number["endpoint"]}
    if find(changes, "source_roots", **source) is None:
        raise Wrong("no entry of it has this record root of this source")
    of_job = find(changes, "import_jobs", checksum=source["checksum"], status="completed", **job, **block)
    if of_job is None:
        raise Wrong("no entry of it says that its job has published this source")
    of_file = find(changes, "parquet_files", dataset="strikes", state="live", **file, **block)
    if of_file is None:
        raise Wrong("no entry of it says that its file was published")
    session = session_of(number["timestamp"])
    sessions = of_file.get("session_dates")
    if not isinstance(sessions, str) or session not in sessions.split(","):
        raise Wrong(f"its file has no rows of the session {session}")
    receipt = find(changes, "source_receipts", job_id=job["id"])
    shown = [
        f"a record of the source with SHA-256 {source['checksum']} says {number['column']} = {json.dumps(number['value'])} "
        f"for strike {number['strike']} of {number['ticker']} {number['endpoint']} at {number['timestamp']}",
        f"the log says that job {job['id']} has published this source, from {of_job.get('url')}",
    ]
    if receipt is not None:
        shown.append(f"it came at {receipt.get('received_at')} from {receipt.get('location')}")
    shown.append(
        f"the log says that job {file['job_id']} has published {file['path']}, with SHA-256 {file['checksum']}, "
        f"at {of_file.get('committed_at')}"
    )
    not_shown = []
    if key is not None:
        shown.append(f"the log is the one that {key[0]} has signed")
    elif signatures:
        not_shown.append("whose log it is: its checkpoint is signed, but no key was given (--key)")
    else:
        not_shown.append("whose log it is: its checkpoint is not signed, so anybody can have made it")
    if file["job_id"] != job["id"]:
        not_shown.append("that the file was made of this source: another job has made it of older files")
    not_shown.append("that the vendor gave this source")
    not_shown.append("that the bytes of the file have this row: `gexlake prove` compares them where the lake is")
    not_shown.append("that nothing has replaced the file since")
    return shown, not_shown, f"log {origin}, of {size} entries"


def read(text):
    try:
        proof = json.loads(text)
    except ValueError:
        raise NoProof("it is not JSON") from None
    check_form(proof, FIELDS, "it")
    if proof["format"] != FORMAT:
        raise NoProof(f"its format is {proof['format']!r}, expected {FORMAT!r}")
    return proof


def main():
    parser = argparse.ArgumentParser(description="Checks a proof of gexlake: no lake and no network are needed.")
    parser.add_argument("proof", help="a file that `gexlake prove ... --out` has written")
    parser.add_argument("--key", help="the key that must have signed the log, as name+hash+base64 or a file with it; or one that has handed over to it")
    given = parser.parse_args()
    try:
        with open(given.proof, encoding="utf-8") as file:
            proof = read(file.read())
    except (NoProof, OSError, UnicodeDecodeError, RecursionError) as problem:
        print(f"{given.proof}: this is not a proof of gexlake: {problem}", file=sys.stderr)
        return 2
    try:
        key = None if given.key is None else read_key(given.key)
    except (NoProof, OSError, UnicodeDecodeError) as problem:
        print(f"--key {given.key}: {problem}", file=sys.stderr)
        return 2
    try:
        shown, not_shown, log = check(proof, key)
    except Wrong as wrong:
        print(f"not shown: {wrong}")
        return 6
    except (NoProof, RecursionError) as problem:
        print(f"{given.proof}: this is not a proof of gexlake: {problem}", file=sys.stderr)
        return 2
    for one in shown:
        print(f"shown: {one}")
    for one in not_shown:
        print(f"not shown: {one}")
    print(log)
    return 0


if __name__ == "__main__":
    sys.exit(main())
