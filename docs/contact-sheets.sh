#!/usr/bin/env bash
# Every view of the bundled examples, light and dark, on a slide and in a column of a paper: as single pictures, to be looked at
# one by one, and on two contact sheets, docs/figures-slides.png and docs/figures-columns.png; and docs/board.png, three views as
# one figure.
#
#     docs/contact-sheets.sh target/release/isoloss [FOLDER]
#
# The pictures go to FOLDER, or to one that is removed at the end. Needs ImageMagick.
set -euo pipefail

isoloss=$(realpath "${1:?which program draws: docs/contact-sheets.sh target/release/isoloss [FOLDER]}")
folder=${2:-}
cd "$(dirname "$0")/.."
if [ -z "$folder" ]; then
    folder=$(mktemp -d)
    trap 'rm -r "$folder"' EXIT
fi
mkdir -p "$folder"

views=(isoloss isoflop frontier loss-c loss-n loss-d residuals curves overfit sample-efficiency)

draw() { # VIEW THEME PAGE SIZE SCALE
    local runs=(assets/examples/synthetic-isoflop.csv --flops 1e22)
    case $1 in
        curves | overfit) runs=(assets/examples/language-repeated.csv) ;;
        sample-efficiency) runs=(assets/examples/language-sweep.csv) ;;
    esac
    "$isoloss" figure "${runs[@]}" --view "$1" --theme "$2" --size "$4" --scale "$5" --out "$folder/$3-$1-$2.png"
}

sheet() { # PAGE WIDTH
    local pictures=()
    for view in "${views[@]}"; do
        pictures+=("$folder/$1-$view-light.png" "$folder/$1-$view-dark.png")
    done
    # Few colours are enough for flat grounds and one ramp, and keep the file small.
    montage "${pictures[@]}" -tile 4x -resize "$2x" -geometry '+6+6' -background '#808080' miff:- |
        convert - +dither -colors 96 -strip -define png:compression-level=9 "png8:docs/figures-$1.png"
}

for theme in light dark; do
    for view in "${views[@]}"; do
        draw "$view" "$theme" slides 1600x900 1
        draw "$view" "$theme" columns 3.25in 4
    done
done
"$isoloss" figure assets/examples/synthetic-isoflop.csv --flops 1e22 --view isoflop,frontier,isoloss --scale 1 --out docs/board.png
sheet slides 440
sheet columns 440
