servers: ngircd inspircd
gwd joins
gwd: #startmeeting Virt SIG
  beadle: Meeting started …
