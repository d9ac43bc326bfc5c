# kill -9 in the middle of a meeting: nothing acknowledged is lost, and anna stays a chair.
# After an ordinary stop nothing that was heard is lost, acknowledged or not.
servers: ngircd inspircd demo

gwd joins
anna joins
gwd: #startmeeting Virt SIG
  beadle: Meeting started …
  beadle: Useful Commands: …
gwd: #topic Power
  topic: Power (Meeting topic: Virt SIG)
gwd: #info one
gwd: #chair anna
  beadle: Current chairs: anna gwd

the bot is killed
  beadle leaves
the bot starts
  beadle joins
  beadle: Back.  Not heard between … and … UTC; the log marks the gap.
anna: #agreed two
  page live:
    …two…

the bot stops
  beadle leaves
the bot starts
  beadle joins
  beadle: Back.  Not heard between … and … UTC; the log marks the gap.
anna: #undo
  beadle: Removed: AGREED two
gwd: #endmeeting
  beadle: Meeting ended … UTC (… min).
  …
  minutes txt:
    …Power…
    …one…
    not: …two…
