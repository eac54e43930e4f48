"""Checks checkpoints, proofs and folders of tiles with Python's standard library alone, by the specifications."""

import hashlib
import os
import struct

from questions import answer_all, unpack, unpack_all

# Ed25519: RFC 8032, section 5.1. Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    g, h = 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    return (f - e) * (h - g) % P, (h + g) * (f + e) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P


def times(scalar, point):
    total = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            total = add(total, point)
        point, scalar = add(point, point), scalar >> 1
    return total


def decode_point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and sign == 1):
        raise ValueError("this is no point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_signed(key, text, signature):
    if len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    digest = hashlib.sha512(signature[:32] + key + text).digest()
    left = times(scalar, BASE)
    right = add(decode_point(signature[:32]), times(int.from_bytes(digest, "little") % L, decode_point(key)))
    same = (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0
    return scalar < L and same


def open_checkpoint(file, key):
    """Size and root of a checkpoint that the key has signed, as C2SP signed-note and tlog-checkpoint have it."""
    name, key_id, encoded = key.split("+", 2)
    typed = unpack(encoded)
    stated = hashlib.sha256(name.encode() + b"\n" + typed).hexdigest()[:8]
    if typed[0] != 1 or len(typed) != 33 or stated != key_id:
        raise ValueError("this is no key")
    body, separator, lines = file.rpartition("\n\n")
    if separator == "" or not file.endswith("\n"):
        raise ValueError("there is no signature")
    text, found = body + "\n", False
    for line in lines[:-1].split("\n"):
        dash, signer, signature = line.split(" ")
        data = unpack(signature)
        if dash != "\u2014":
            raise ValueError("this is no line of a signature")
        if signer == name and data[:4].hex() == key_id:
            if not is_signed(typed[1:], text.encode(), data[4:]):
                raise ValueError("the signature does not hold")
            found = True
    origin, size, root = body.split("\n")[:3]
    if not found or origin != name or str(int(size)) != size:
        raise ValueError("it is not signed by this key, or is another log's")
    return int(size), unpack(root)


def leaf_hash(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def split_of(size):
    return 1 << (size - 1).bit_length() - 1


def tree_hash(hashes):
    if len(hashes) == 1:
        return hashes[0]
    split = split_of(len(hashes))
    return node_hash(tree_hash(hashes[:split]), tree_hash(hashes[split:]))


def root_from_leaf(leaf, index, size, proof):
    """By the definition of PATH in RFC 6962: the last hash of the proof is the other side of the first split."""
    if size == 1:
        if proof:
            raise ValueError("the proof is too long")
        return leaf
    if not proof:
        raise ValueError("the proof is too short")
    split, beside = split_of(size), proof[-1]
    if index < split:
        return node_hash(root_from_leaf(leaf, index, split, proof[:-1]), beside)
    return node_hash(beside, root_from_leaf(leaf, index - split, size - split, proof[:-1]))


def roots_of_growth(old, size, proof, known):
    """By the definition of SUBPROOF in RFC 6962: both roots. `known` is the old root as long as the old tree is complete here."""
    if old == size:
        if len(proof) != (0 if known is not None else 1):
            raise ValueError("the proof has another length")
        there = known if known is not None else proof[0]
        return there, there
    if not proof:
        raise ValueError("the proof is too short")
    split, beside = split_of(size), proof[-1]
    if old <= split:
        older, newer = roots_of_growth(old, split, proof[:-1], known)
        return older, node_hash(newer, beside)
    older, newer = roots_of_growth(old - split, size - split, proof[:-1], None)
    return node_hash(beside, older), node_hash(beside, newer)


def path_of(kind, index, width):
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"tile/{kind}/{name}" + ("" if width == 256 else f".p/{width}")


def read_row(folder, kind, count):
    for index in range(-(-count // 256)):
        width = min(256, count - index * 256)
        with open(os.path.join(folder, path_of(kind, index, width)), "rb") as file:
            yield file.read(), width


def entries_of(bundle):
    at = 0
    while at < len(bundle):
        (length,) = struct.unpack_from(">H", bundle, at)
        at += 2 + length
        if at > len(bundle):
            raise ValueError("a bundle is cut off")
        yield bundle[at - length : at]


def check_folder(question):
    folder = question["folder"]
    with open(os.path.join(folder, "checkpoint"), encoding="utf-8", newline="") as file:
        size, root = open_checkpoint(file.read(), question["key"])
    hashes = []
    for bundle, width in read_row(folder, "entries", size):
        found = [leaf_hash(entry) for entry in entries_of(bundle)]
        if len(found) != width:
            raise ValueError("a bundle has another number of entries")
        hashes += found
    if tree_hash(hashes) != root:
        raise ValueError("the entries give another root")
    level = 0
    while hashes:
        rows = b"".join(row for row, _ in read_row(folder, level, len(hashes)))
        if rows != b"".join(hashes):
            raise ValueError(f"the tiles of level {level} are not those of the entries")
        full = len(hashes) // 256
        hashes = [tree_hash(hashes[at * 256 : (at + 1) * 256]) for at in range(full)]
        level += 1
    return True


def check_checkpoint(question):
    return open_checkpoint(question["file"], question["key"]) == (question["size"], unpack(question["root"]))


def check_inclusion(question):
    leaf, proof = leaf_hash(unpack(question["entry"])), unpack_all(question["proof"])
    if not 0 <= question["index"] < question["size"]:
        raise ValueError("there is no such entry")
    return root_from_leaf(leaf, question["index"], question["size"], proof) == unpack(question["root"])


def check_consistency(question):
    old, new = unpack(question["fromRoot"]), unpack(question["toRoot"])
    if not 0 < question["from"] <= question["to"]:
        raise ValueError("it has not grown")
    return roots_of_growth(question["from"], question["to"], unpack_all(question["proof"]), old) == (old, new)


answer_all(
    {
        "checkpoint": check_checkpoint,
        "inclusion": check_inclusion,
        "consistency": check_consistency,
        "folder": check_folder,
    }
)
