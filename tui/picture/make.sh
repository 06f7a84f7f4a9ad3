#!/bin/sh
# Makes the pictures of the README from the real program, at four sizes, dark and light. It takes less than a minute.
set -eu
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
go build -o "$folder/drover" .
go build -o "$folder/picture" ./tui/picture
picture() { # SIZE KEYS
  for theme in dark light; do
    light=
    [ "$theme" = light ] && light=-light
    home="$folder/$1-$theme" # of its own, so that none sees what another keeps
    HOME="$home" XDG_STATE_HOME="$home" XDG_CONFIG_HOME="$home" \
      "$folder/picture" -size "$1" -keys "$2" $light -title "drover demo" -o "tui/picture/screen-$1-$theme.svg" -- \
      "$folder/drover" demo --theme "$theme" &
  done
}
picture 80x24 21s
picture 120x30 "30s tab tab j 1s"
picture 160x45 "24s tab"
picture 200x50 17s
wait
