# In a moderated channel in which the bot may not speak the meeting is held all the same: what it
# cannot say is lost in the channel, what people say is in the minutes.
servers: ngircd inspircd demo

gwd joins
an operator sets mode +v gwd
an operator sets mode +m
gwd: #startmeeting Virt SIG
gwd: #info said to a muted bot
gwd: #action gwd gives the bot a voice
wait 1 seconds
an operator sets mode +v beadle
  …
gwd: #endmeeting
  beadle: Meeting ended … UTC (… min).  1 new action.
  …
  minutes txt:
    …gwd gives the bot a voice…
  minutes log.txt:
    … <gwd> #info said to a muted bot
