package main

// line is one thing to do, at most nine characters so that it is legible from ten metres.
type line struct{ zh, en string }

// poster is one poster's words and colours. The sources of what it says are in SOURCES.md.
type poster struct {
	name string
	// title is in one or two parts: a tall poster gives each a line.
	title [2]string
	en    string
	// mn is the key word in Mongolian script; no native reader has checked it.
	mn string
	// deep is the colour of the band and the figures, tint that of the panel.
	deep, tint string
	// ordered says that the lines are steps and carry numbers.
	ordered bool
	lines   [4]line
}

func posters() []poster {
	return []poster{
		{"call119", [2]string{"着火了", "打119"}, "Fire? Call 119", "ᠭᠠᠯ ᠲᠦᠶᠢᠮᠡᠷ", "#16808A", "#D3EEEC", true, [4]line{
			{"在哪里：街道门牌", "Where: street and number"}, {"烧什么：火有多大", "What burns, and how much"},
			{"有没有人被困", "Is anyone trapped?"}, {"留电话，路口接车", "Leave your number, meet the engine"}}},
		{"exits", [2]string{"记住", "两个出口"}, "Know two ways out", "ᠡᠭᠦᠳᠡ", "#2E8B57", "#DCF2E2", false, [4]line{
			{"进门先看出口", "Coming in: where are the exits?"}, {"至少记住两条路", "Remember at least two ways"},
			{"着火不乘电梯", "In a fire, use no lift"}, {"出来就不再回去", "Once out, stay out"}}},
		{"lane", [2]string{"让开", "消防通道"}, "Keep the fire lane clear", "ᠵᠠᠮ", "#B5700C", "#FFEBC8", false, [4]line{
			{"消防车道不停车", "Never park on a fire lane"}, {"楼道门口不堆物", "No clutter in halls and doorways"},
			{"听到警笛靠边让", "You hear a siren: make way"}, {"占用通道是违法", "Blocking it is against the law"}}},
		{"ebike", [2]string{"电池", "不进家门"}, "No e-bike battery indoors", "ᠴᠠᠬᠢᠯᠭᠠᠨ", "#2E6DB4", "#DCEBFA", false, [4]line{
			{"电池不上楼入户", "Never upstairs or into the flat"}, {"不进电梯和楼道", "Not in lifts or stairways"},
			{"不拉飞线充电", "No cables out of the window"}, {"到集中充电点充", "Charge at the charging place"}}},
		{"kitchen", [2]string{"油锅着火", "盖锅盖"}, "Pan on fire? Put the lid on", "ᠭᠠᠯ", "#C05F1A", "#FFE6D2", false, [4]line{
			{"先关火，盖严锅盖", "Turn it off, put a fitting lid on"}, {"千万不能浇水", "Never pour water"},
			{"气瓶着火快关阀", "Gas bottle: shut the valve if you can"}, {"关不了就撤打119", "You can't? Get out, call 119"}}},
		{"extinguisher", [2]string{"灭火器", "这样用"}, "How to use an extinguisher", "", "#6A55A3", "#E9E3F7", true, [4]line{
			{"提：提起灭火器", "Lift it"}, {"拔：拔掉保险销", "Pull the pin"},
			{"握：握住喷管", "Hold the hose"}, {"压：对准火焰根部", "Press, aim at the fire's base"}}},
		{"smoke", [2]string{"遇到烟", "低姿快走"}, "Smoke: stay low, get out", "ᠤᠲᠤᠭ\u180eᠠ", "#51677F", "#E0E8F0", false, [4]line{
			{"弯腰低姿贴墙走", "Bend low, keep to the wall"}, {"湿毛巾不防毒气", "A wet cloth stops no poison gas"},
			{"浓烟挡路就退回", "Thick smoke ahead? Turn back"}, {"关门塞缝等救援", "Close the door, seal gaps, wait"}}},
		{"heating", [2]string{"取暖防", "煤气中毒"}, "Heating: beware of carbon monoxide", "", "#A1602A", "#F8E6D3", false, [4]line{
			{"烟囱通畅不漏气", "Chimney clear, no leaks"}, {"炭火盆不放屋里", "No charcoal fire indoors"},
			{"通风，装报警器", "Let air in, fit a CO alarm"}, {"头晕快出门打120", "Dizzy? Get out, call 120"}}},
		{"sockets", [2]string{"插座", "不要超负荷"}, "Don't overload sockets", "ᠴᠠᠬᠢᠯᠭᠠᠨ", "#4458B0", "#E1E6FA", false, [4]line{
			{"大电器单独插", "Big appliances: one socket each"}, {"插线板不串接", "Never chain power strips"},
			{"电暖器远离被褥", "Heaters away from bedding"}, {"人走拔插头断电", "Leaving? Unplug, switch off"}}},
		{"smoke-alarm", [2]string{"烟感报警", "月月测"}, "Test your smoke alarm monthly", "ᠤᠲᠤᠭ\u180eᠠ", "#1E8C72", "#D8F2EA", false, [4]line{
			{"每月按测试键", "Press its button every month"}, {"不响换电池或报修", "Silent? New battery, or report it"},
			{"不遮挡也不拆下", "Don't cover it or take it down"}, {"真响了先撤出来", "If it sounds, get out first"}}},
		{"children", [2]string{"孩子", "不玩火"}, "Children don't play with fire", "ᠬᠡᠦᠬᠡᠳ", "#B34C76", "#FBE3EC", false, [4]line{
			{"火柴火机收高处", "Matches and lighters: up high"}, {"放烟花大人陪同", "Fireworks only with a grown-up"},
			{"不往井里扔炮", "No firecrackers into manholes"}, {"教会孩子打119", "Teach children to call 119"}}},
		{"shops", [2]string{"小店里", "不住人"}, "Small shops: nobody sleeps in", "", "#2A7F9E", "#DAEFF6", false, [4]line{
			{"经营住宿要分开", "Keep shop and sleeping apart"}, {"窗上不装死栅栏", "No fixed bars on windows"},
			{"夜里门能从里开", "At night doors open from inside"}, {"烟感灭火器备好", "Have an alarm and extinguisher"}}},
	}
}
