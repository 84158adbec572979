"""
Runs the image of the STM32H743 on an emulated one: h743_emulation.py ELF CUSTOM_ELF NETWORK_IMAGE INPUT_HEX, where the
custom image is built for a crystal of 25 MHz, a line of 2 400 baud and a power meter. Prints one JSON object a step; what
the values should be is for whoever started it to say. Needs the Debian package python3-unicorn.
"""

import hashlib
import json
import sys

from h743_flash import BANK, SECTOR
from h743_image import Image
from h743_machine import Machine
from h743_smp import Client

OS, IMAGES, NETWORKS = 0, 1, 64
BLUE, GREEN, JOURNAL = 2 * SECTOR, BANK + 2 * SECTOR, BANK
HEADER = 64
WEIGHTS = 256  # behind an image's own header and directory
CHUNK = 1024


def say(step, **values):
    print(json.dumps({"step": step, **values}, default=lambda value: value.hex()), flush=True)


def slots(client):
    keys = ("slot", "bootable", "pending", "confirmed", "active")
    return [{key: image[key] for key in keys} for image in client.read(IMAGES, 0)["images"]]


def upload(client, image):
    answer, offset = {}, 0
    while offset < len(image):
        first = {"len": len(image), "sha": hashlib.sha256(image).digest()} if offset == 0 else {}
        answer = client.write(IMAGES, 1, {**first, "off": offset, "data": image[offset : offset + CHUNK]})
        if answer.get("off", 0) <= offset:
            break
        offset = answer["off"]
    return answer


def restart(machine, client):
    """Asks for a reset, and waits until it has happened and the board rests again."""
    before = len(machine.resets)
    client.write(OS, 5)
    machine.run(lambda: len(machine.resets) > before, 5_000_000)
    return client.read(NETWORKS, 3)["reset"]


def run_update(machine, client, image, row):
    digest = hashlib.sha256(image).digest()
    say("upload", answer=upload(client, image))
    client.write(IMAGES, 0, {"hash": digest, "confirm": False})
    say("pending", slots=slots(client))
    say("restarted", cause=restart(machine, client), slots=slots(client))
    answer = client.write(NETWORKS, 1, {"in": row})
    say("inferred", out=answer["out"], countsCycles=answer["cy"] > 0)
    client.write(IMAGES, 0, {"confirm": True})
    say("confirmed", cause=restart(machine, client), slots=slots(client))


def run_broken_words(machine, client, row):
    """What the ECC refuses: first where the firmware looks under a guard, then where a network runs in place."""
    machine.flash.tear_next(JOURNAL, JOURNAL + SECTOR)
    say("torn journal", cause=restart(machine, client), slots=slots(client))
    say("after it", cause=restart(machine, client), boots=client.read(NETWORKS, 3)["boots"])
    slot = GREEN if client.read(NETWORKS, 0)["live"] == 1 else BLUE
    machine.flash.tear(slot + HEADER + WEIGHTS)
    before = len(machine.resets)
    try:
        client.write(NETWORKS, 1, {"in": row})
    except TimeoutError:
        say("torn network", resets=len(machine.resets) - before, cause=client.read(NETWORKS, 3)["reset"])


def run_other_clocks(firmware, custom):
    slow = Machine(firmware, pll_locks=False)
    hz = Client(slow).read(NETWORKS, 0)["hz"]
    say("without PLL", hz=hz, real=slow.processor_hz(), baud=round(slow.baud()))
    crystal = Machine(custom)
    health = Client(crystal).read(NETWORKS, 3)
    say("custom", real=crystal.processor_hz(), baud=round(crystal.baud()), mW=health["mW"], source=health["mWs"])
    run_slow_line(crystal, Client(crystal))


def run_slow_line(machine, client):
    """An answer that takes longer than the watchdog waits; then one that the board must not reset away."""
    begin, text = machine.us, "slow " * 800
    answer = client.write(OS, 0, {"d": text})
    say("slow line", isWhole=answer["r"] == text, seconds=(machine.us - begin) // 1_000_000, resets=len(machine.resets) - 1)
    say("last words", cause=restart(machine, client))


def main(elf, custom_elf, network, row_hex):
    with open(network, "rb") as file:
        image = file.read()
    firmware = Image(elf)
    machine = Machine(firmware)
    client = Client(machine)
    say("echo", answer=client.write(OS, 0, {"d": "is anybody there?"}))
    info, health = client.read(NETWORKS, 0), client.read(NETWORKS, 3)
    say("info", kind=info["kind"], id=info["id"], hz=info["hz"], slot=info["slot"])
    say("clocks", real=machine.processor_hz(), baud=round(machine.baud()))
    say("health", cause=health["reset"], tC=health["tC"], hasPower="mW" in health)
    run_update(machine, client, image, bytes.fromhex(row_hex))
    run_broken_words(machine, client, bytes.fromhex(row_hex))
    say("flash", **machine.flash.counts)
    run_other_clocks(firmware, Image(custom_elf))


if __name__ == "__main__":
    main(*sys.argv[1:])
