#!/bin/sh
# Makes the pictures of the README from the real program.
set -eu
cd "$(dirname "$0")/../.."
program=$(mktemp)
trap 'rm -f "$program"' EXIT
go build -o "$program" .
for theme in dark light; do
  light=
  [ "$theme" = light ] && light=-light
  go run ./tui/picture -size 110x32 -keys "21s" $light -title "drover demo" \
    -o "tui/picture/screen-$theme.svg" -- "$program" demo --theme "$theme"
done
