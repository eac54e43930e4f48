"""Checks checkpoints, proofs and folders of tiles with the package aics-tlog."""

import os

import aics_tlog
from questions import answer_all, unpack, unpack_all


def open_checkpoint(file, key):
    verifier, note = aics_tlog.parse_vkey(key), aics_tlog.parse_note(file)
    result = aics_tlog.verify_checkpoint(note, verifier, expected_origin=verifier.name)
    if not result.ok:
        raise ValueError(str(result.error))
    return aics_tlog.parse_checkpoint(note.text)


def check_checkpoint(question):
    found = open_checkpoint(question["file"], question["key"])
    return (found.size, found.root) == (question["size"], unpack(question["root"]))


def check_inclusion(question):
    entry, proof, root = unpack(question["entry"]), unpack_all(question["proof"]), unpack(question["root"])
    return aics_tlog.verify_leaf_inclusion(entry, question["index"], question["size"], proof, root)


def check_consistency(question):
    old, new = unpack(question["fromRoot"]), unpack(question["toRoot"])
    proof = unpack_all(question["proof"])
    return aics_tlog.verify_consistency(question["from"], question["to"], old, new, proof)


def check_folder(question):
    with open(os.path.join(question["folder"], "checkpoint"), "rb") as file:
        head = open_checkpoint(file.read(), question["key"])
    reader = aics_tlog.FileSystemTileReader(question["folder"])
    return aics_tlog.audit_tiles(reader, head.size, head.root).size == head.size


answer_all(
    {
        "checkpoint": check_checkpoint,
        "inclusion": check_inclusion,
        "consistency": check_consistency,
        "folder": check_folder,
    }
)
