-- MySQL dump 9.11
--
-- Host: localhost    Database: vegadns
-- ------------------------------------------------------
CREATE TABLE accounts (
  cid int(10) NOT NULL auto_increment,
  gid int(10) default '0',
  Email varchar(60) NOT NULL default '',
  Password varchar(34) NOT NULL default '',
  First_Name varchar(20) NOT NULL default '',
  Last_Name varchar(20) NOT NULL default '',
  Phone varchar(15) NOT NULL default '',
  Account_Type enum('user','group_admin','senior_admin') NOT NULL default 'user',
  Status enum('active','inactive') NOT NULL default 'inactive',
  UNIQUE KEY cid (cid,Email)
) TYPE=MyISAM;

INSERT INTO accounts VALUES (1,0,'admin@example.org','0123456789abcdef0123456789abcdef','Ada','O\'Neill','','senior_admin','active');
INSERT INTO accounts VALUES (2,0,'owner@example.org','0123456789abcdef0123456789abcdef','Bo','','','user','inactive');

CREATE TABLE domains (
  domain_id int(11) NOT NULL auto_increment,
  domain varchar(100) NOT NULL default '',
  owner_id int(11) default NULL,
  group_owner_id int(11) default NULL,
  status enum('active','inactive') NOT NULL default 'inactive',
  KEY domain_id (domain_id,domain)
) TYPE=MyISAM;

INSERT INTO domains VALUES (10,'one.example.org',2,NULL,'active'),(11,'two.example.org',NULL,0,'inactive');

CREATE TABLE records (
  domain_id int(11) NOT NULL default '0',
  record_id int(11) NOT NULL auto_increment,
  host varchar(100) NOT NULL default '',
  type char(1) default NULL,
  val varchar(100) default NULL,
  distance int(4) default '0',
  weight int(4) default NULL,
  port int(4) default NULL,
  ttl int(11) NOT NULL default '86400',
  UNIQUE KEY records_id (record_id),
  KEY records_idx (domain_id,record_id,host)
) TYPE=MyISAM;

INSERT INTO records VALUES (10,1,'hostmaster.one.example.org:ns1.example.net','S','16384:2048:1048576:2560:2026112201',0,NULL,NULL,86400);
INSERT INTO records VALUES (10,2,'one.example.org','N','ns1.example.net',0,NULL,NULL,3600);
INSERT INTO records VALUES (10,3,'home.one.example.org','A','198.51.100.21',0,NULL,NULL,300),(10,4,'home.one.example.org','3','2001:db8::21',0,NULL,NULL,300);
INSERT INTO records VALUES (10,5,'one.example.org','M','mail.example.net',10,NULL,NULL,3600);
INSERT INTO records VALUES (10,6,'one.example.org','T','v=spf1 ip4:192.0.2.0/24 -all',0,NULL,NULL,3600);
INSERT INTO records VALUES (10,7,'_sip._tcp.one.example.org','V','sip.example.net',1,2,5060,3600);
INSERT INTO records VALUES (10,8,'alias.one.example.org','C','home.one.example.org',0,NULL,NULL,3600);
INSERT INTO records VALUES (10,9,'one.example.org','F','v=spf1 -all',0,NULL,NULL,3600);
INSERT INTO records VALUES (10,10,'bad.one.example.org','A','not an address',0,NULL,NULL,3600);
INSERT INTO records VALUES (11,11,'hostmaster.two.example.org:ns1.example.net','S','16384:2048:1048576:2560',0,NULL,NULL,86400);
INSERT INTO records VALUES (11,12,'two.example.org','N','ns1.example.net',0,NULL,NULL,3600);
INSERT INTO records VALUES (99,13,'lost.example.org','A','198.51.100.99',0,NULL,NULL,3600);
