# Services restart in the middle of a meeting: the chair stays the chair, and the bot stays in.
servers: inspircd demo
login: certificate

gwd joins
gwd: #startmeeting Virt SIG
  beadle: Meeting started …
  beadle: Useful Commands: …
the services stop
gwd: #topic Without services
  topic: Without services (Meeting topic: Virt SIG)
the services start
gwd: #info with services
an operator renames beadle to beadle-renamed
gwd: #action gwd looks whether the bot still hears
  beadle: [1] gwd: looks whether the bot still hears
gwd: #endmeeting
  beadle: Meeting ended … UTC (… min).  1 new action.
  …
  minutes txt:
    …Without services…
    …with services…
