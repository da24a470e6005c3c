#!/bin/sh
# Renders every icon from xswarm-voice.svg. The results are kept in the repository, so this is only run when the drawing
# changes. It needs rsvg-convert (Debian: librsvg2-bin), convert (imagemagick) and png2icns (icnsutils).
set -eu
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
mkdir -p app tray

# The app: a window's icon, desktop entries, Windows, macOS.
for size in 16 24 32 48 64 128 256 512; do
    rsvg-convert --width $size --height $size --output app/$size.png xswarm-voice.svg
done
convert app/16.png app/32.png app/48.png app/256.png app/icon.ico
png2icns app/icon.icns app/16.png app/32.png app/128.png app/256.png app/512.png >/dev/null

# The tray: a mark for each condition, in colour, and in black for macOS, which takes only the shape.
for mark in well busy needs-you off; do
    echo "#app { display: none !important } #$mark { display: inline !important }" >"$scratch/colour.css"
    echo "#app { display: none !important } #$mark { display: inline !important; color: #000 !important }" >"$scratch/shape.css"
    rsvg-convert --stylesheet "$scratch/colour.css" --width 64 --height 64 --output "tray/$mark.png" xswarm-voice.svg
    rsvg-convert --stylesheet "$scratch/shape.css" --width 44 --height 44 --output "tray/$mark-shape.png" xswarm-voice.svg
done
