# Who was away when given an action is told when next seen: once, privately, over a kill.
servers: ngircd inspircd demo

gwd joins
gwd: #startmeeting Virt SIG
  beadle: Meeting started …
  beadle: Useful Commands: …
  topic: …
gwd: #action sbonazzo rebases ovirt by 2030-01-02
  beadle: [1] sbonazzo: rebases ovirt (due 2030-01-02) — sbonazzo is not here, will be told by mail or when next seen.
gwd: #action sbonazzo does what is taken back
  beadle: [2] …
gwd: #undo
  beadle: Removed: …
gwd: #endmeeting
  beadle: Meeting ended …
  …

anthonyper joins
anthonyper: nobody has anything for me
the bot is killed
the bot starts
  beadle joins
sbonazzo joins
  sbonazzo is told: While you were away: action [1] sbonazzo: rebases ovirt (due 2030-01-02), given by gwd: http…/m/…/log#l-…
sbonazzo: thanks
sbonazzo parts
sbonazzo joins again
the bot is killed
the bot starts
  beadle joins
sbonazzo: still here
