-- What an existing Prosody needs for Referee. Measured with Prosody 0.12.3.
--
-- 1. Put these lines at the end of /etc/prosody/prosody.cfg.lua (or into /etc/prosody/conf.d/referee.cfg.lua) with your
--    domain and secret (`referee init` makes one).
-- 2. Put this line into the global part of prosody.cfg.lua, before the first VirtualHost: without it Prosody holds small
--    packets back, and a move takes 45 ms instead of 1 (measured):
--      network_settings = { nagle = false }
-- 3. Restart Prosody, because a reload starts no new components: `systemctl restart prosody`. Then `referee check`.
--
-- Prosody listens for components on 127.0.0.1:5347 by itself as soon as there is one.

Component "referee.localhost"
  component_secret = "change-this-secret"
  -- A restarted referee takes over at once. The default refuses it until the old connection has timed out.
  component_conflict_resolve = "kick_old"

-- Feeds. In Prosody 0.12 only an admin of a pubsub service may create nodes, and its admins own every node in it. So the
-- referee gets a service of its own, where nobody else's nodes are.
Component "pubsub.localhost" "pubsub"
  admins = { "referee.localhost" }
  -- The default of 256 would also do; a match's feed keeps 100 items.
  pubsub_max_items = 1000

-- Rooms. An ordinary `Component "conference.…" "muc"` lets everybody create rooms, the referee too, and needs no line
-- here. If yours has `restrict_room_creation`, then add these two to it; the second one keeps the referee from being
-- owner of everybody's rooms:
--   admins = { "referee.localhost" }
--   component_admins_as_room_owners = false
