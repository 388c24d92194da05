-- A journal as schema version 1 left it: two fires of one detector, the first confirmed by
-- the uplink "mqtt", the point latched. Checksums are literals.
PRAGMA journal_mode=WAL;
CREATE TABLE meta(key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL, ver INTEGER NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE events(n INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, lane INTEGER NOT NULL,
	id TEXT NOT NULL, class TEXT NOT NULL, device TEXT NOT NULL, at INTEGER NOT NULL, trusted INTEGER NOT NULL,
	payload BLOB NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE points(key TEXT NOT NULL PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
	state INTEGER NOT NULL, snapshot BLOB NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE cursors(uplink TEXT NOT NULL, lane INTEGER NOT NULL, pos INTEGER NOT NULL, ranges TEXT NOT NULL,
	crc INTEGER NOT NULL, PRIMARY KEY(uplink, lane));
INSERT INTO events VALUES(1,7,1,0,'hs-03-7-1','fire','d1',1789000000000,1,CAST('{"id":"hs-03-7-1","epoch":7,"seq":1}' AS BLOB),491468595);
INSERT INTO events VALUES(2,7,2,0,'hs-03-7-2','fire','d1',1789000000000,1,CAST('{"id":"hs-03-7-2","epoch":7,"seq":2}' AS BLOB),3609483113);
INSERT INTO points VALUES('d1/smoke',7,2,131,CAST('{"latched":true}' AS BLOB),1162307527);
INSERT INTO meta VALUES('head',CAST('{"epoch":7,"seq":0,"pos":0,"last":["",""]}' AS BLOB),1,2238909871);
INSERT INTO cursors VALUES('mqtt',0,1,'',727694092);
PRAGMA user_version=1;
