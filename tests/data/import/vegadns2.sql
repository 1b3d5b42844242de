/*!40101 SET NAMES utf8 */;
DROP TABLE IF EXISTS `accounts`;
CREATE TABLE `accounts` (
  `cid` int(10) NOT NULL AUTO_INCREMENT,
  `gid` int(10) DEFAULT '0',
  `Email` varchar(60) NOT NULL DEFAULT '',
  `Password` varchar(100) NOT NULL DEFAULT '',
  `First_Name` varchar(20) NOT NULL DEFAULT '',
  `Last_Name` varchar(20) NOT NULL DEFAULT '',
  `Phone` varchar(15) NOT NULL DEFAULT '',
  `Account_Type` enum('user','group_admin','senior_admin') NOT NULL DEFAULT 'user',
  `Status` enum('active','inactive') NOT NULL DEFAULT 'inactive',
  UNIQUE KEY `cid` (`cid`,`Email`)
) ENGINE=MyISAM DEFAULT CHARSET=latin1;
LOCK TABLES `accounts` WRITE;
INSERT INTO `accounts` VALUES (1,0,'second@example.org','$2a$10$abcdefghijklmnopqrstuv','Cy','D''Or','','senior_admin','active');
UNLOCK TABLES;
CREATE TABLE `domains` (
  `domain_id` int(11) NOT NULL AUTO_INCREMENT,
  `domain` varchar(100) NOT NULL DEFAULT '',
  `owner_id` int(11) DEFAULT NULL,
  `group_owner_id` int(11) DEFAULT NULL,
  `status` enum('active','inactive') NOT NULL DEFAULT 'inactive',
  KEY `domain_id` (`domain_id`,`domain`)
) ENGINE=MyISAM DEFAULT CHARSET=latin1;
INSERT INTO `domains` (`domain_id`, `domain`, `owner_id`, `group_owner_id`, `status`) VALUES
(1,'three.example.org',1,NULL,'active');
CREATE TABLE `groups` (`group_id` int(11) NOT NULL, `name` varchar(255) NOT NULL);
INSERT INTO `groups` VALUES (1,'a; group, with (signs)');
CREATE TABLE `records` (
  `domain_id` int(11) NOT NULL DEFAULT '0',
  `record_id` int(11) NOT NULL AUTO_INCREMENT,
  `host` varchar(100) NOT NULL DEFAULT '',
  `type` char(1) DEFAULT NULL,
  `val` varchar(512) DEFAULT NULL,
  `distance` int(4) DEFAULT '0',
  `weight` int(4) DEFAULT NULL,
  `port` int(4) DEFAULT NULL,
  `ttl` int(11) NOT NULL DEFAULT '86400',
  `location_id` int(11) UNSIGNED DEFAULT NULL,
  UNIQUE KEY `records_id` (`record_id`)
) ENGINE=MyISAM DEFAULT CHARSET=latin1;
INSERT INTO `records` VALUES (1,1,'hostmaster.three.example.org:ns1.example.net','S','16384:2048:1048576:2560:',0,NULL,NULL,86400,NULL),(1,2,'three.example.org','N','ns1.example.net',0,NULL,NULL,3600,NULL),(1,3,'home.three.example.org','A','198.51.100.31',0,NULL,NULL,300,NULL),(1,4,'near.three.example.org','A','198.51.100.32',0,NULL,NULL,300,2),(1,5,'three.example.org','T','it\'s \"quoted\"',0,NULL,NULL,300,0),(1,6,'three.example.org','E','0:issue:ca.example.net; account=1',0,NULL,NULL,300,NULL),(1,7,'three.example.org','E','0:nothing',0,NULL,NULL,300,NULL),(1,8,'map.three.example.org','3','::ffff:198.51.100.33',0,NULL,NULL,300,NULL),(1,9,'u.three.example.org','T','grüß dich',0,NULL,NULL,300,NULL),(1,10,'six.three.example.org','6','2001:db8::34',0,NULL,NULL,300,NULL);
