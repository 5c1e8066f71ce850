"""Makes a session of so many megabytes from a recorded one, to see how long lists, shows and resuming take.

    python tools/sessions/long.py sessions/first-look.jsonl LONG.jsonl 100
"""
import json
import sys


def main():
    source, target, megabytes = sys.argv[1], sys.argv[2], float(sys.argv[3])
    lines = open(source, encoding="utf-8").read().splitlines()
    first = {}
    for line in lines[1:]:
        first.setdefault(json.loads(line)[1], line)
    turn = json.loads(first["turn"])
    pieces = (first["piece"] + "\n") * 1000
    size = n = 0
    with open(target, "w", encoding="utf-8") as out:
        out.write(lines[0] + "\n" + first["open"] + "\n")
        while size < megabytes * 1e6:
            n += 1
            turn[2]["n"] = n
            if n > 1:
                turn[2]["shows"] = []
            text = json.dumps(turn, separators=(",", ":"), ensure_ascii=False)
            size += out.write(text + "\n" + pieces + first["done"] + "\n")
    print(f"{n} turns, {size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
