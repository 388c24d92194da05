'use strict';
// Every text of the page in both languages. Terms follow GB/T 26875.3 and GB/T 45839.
const WORDS = {
  zh: {
    post: '消防驿站', devices: '设备', buses: '总线', uplinks: '上行', outputs: '声光输出', events: '最近事件', journal: '日志', health: '健康',
    all_normal: '全部正常', fires: '处火警', faults: '处故障', watched: '台设备在看护', notice: '有需要处理的情况', unknown_yet: '尚未读到全部设备', no_devices: '没有配置设备',
    fire: '火警', active: '正在报警', prealarm: '预警', supervisory: '监管', fault: '故障', disabled: '屏蔽', test: '测试', latched: '锁存', acknowledged: '已确认', silenced: '已消音', normal: '正常',
    lost: '失联', lost_fire: '失联（疑似烧毁）', never: '未读到', stale: '陈旧', invalid: '无效', out_of_range: '超量程', unknown: '未知值', no_data: '无数据', age: '前',
    sweep: '一轮', good: '有效应答', timeouts: '超时', crc_errors: '校验错', exceptions: '异常码', foreign_frames: '外来帧', late_bytes: '迟到字节', dead: '不应答设备', up: '在线', down: '断开',
    alarm: '报警', slow: '慢速', probe: '探测', command: '命令', confirm: '复核', idle: '空闲',
    connected: '已连接', disconnected: '未连接', sent: '已发送', stored: '平台已存', stored_broker: '代理已收', resent: '重发', backlog: '积压', in_flight: '在途', confirm_by: '以谁为准', platform: '平台确认', broker: '代理确认', rest: '其他', telemetry: '遥测',
    mode: '方式', disk: '磁盘', memory: '内存（磁盘不可用）', epoch: '纪元', seq: '序号', kept: '已存事件', size: '占用', commit: '写盘', dropped: '丢弃', set_aside: '隔离文件', in_memory: '仅在内存',
    on: '响', off: '停', want: '要求', readback: '回读', sounder: '声警报', strobe: '闪光', unverified: '未能回读',
    untrusted: '时钟未校准', time: '时间', what: '事件', where: '位置', none: '无', page_stale: '此页已收不到数据，以下为旧状态', unsafe: '演示模式：接受未签名命令', foot: 'Firepost 不替代经认证的火灾报警控制器',
    k: { raised: '发生', confirmed: '复核确认', cleared: '消失', acknowledged: '确认', silenced: '消音', reset: '复位', removed: '注销', disabled: '屏蔽', enabled: '恢复', test_started: '测试开始', test_ended: '测试结束', restored: '恢复锁存', started: '启动', stopped: '停止', config_changed: '配置已换', config_refused: '配置被拒', time_corrected: '校时', journal_set_aside: '日志隔离', dropped: '有丢弃' },
    c: { fire: '火警', prealarm: '预警', supervisory: '监管', fault: '故障', operation: '操作', lifecycle: '运行' },
    cause: { no_data: '无数据', single_read: '单次读数', low_pressure: '压力低', high_pressure: '压力高', battery: '电池低', tamper: '拆动', invalid: '读数无效', out_of_range: '超量程', unknown: '未知值' },
  },
  en: {
    post: 'Fire post', devices: 'Devices', buses: 'Buses', uplinks: 'Uplinks', outputs: 'Sounders and strobes', events: 'Latest events', journal: 'Journal', health: 'Health',
    all_normal: 'All normal', fires: 'in fire', faults: 'in fault', watched: 'devices watched', notice: 'Something needs attention', unknown_yet: 'Not all devices have been read yet', no_devices: 'No devices configured',
    fire: 'Fire', active: 'Reporting', prealarm: 'Pre-alarm', supervisory: 'Supervisory', fault: 'Fault', disabled: 'Disabled', test: 'Test', latched: 'Latched', acknowledged: 'Acknowledged', silenced: 'Silenced', normal: 'Normal',
    lost: 'No contact', lost_fire: 'No contact (probably burnt)', never: 'never read', stale: 'stale', invalid: 'invalid', out_of_range: 'out of range', unknown: 'unknown value', no_data: 'no data', age: 'ago',
    sweep: 'Sweep', good: 'Good replies', timeouts: 'Time-outs', crc_errors: 'CRC errors', exceptions: 'Exceptions', foreign_frames: 'Foreign frames', late_bytes: 'Late bytes', dead: 'Not answering', up: 'up', down: 'down',
    alarm: 'alarm', slow: 'slow', probe: 'probe', command: 'command', confirm: 'confirm', idle: 'idle',
    connected: 'connected', disconnected: 'not connected', sent: 'Sent', stored: 'Stored by the platform', stored_broker: 'Taken by the broker', resent: 'Sent again', backlog: 'Backlog', in_flight: 'In flight', confirm_by: 'Counts as delivered', platform: 'platform says stored', broker: 'broker acknowledged', rest: 'rest', telemetry: 'telemetry',
    mode: 'Mode', disk: 'disk', memory: 'memory (no disk)', epoch: 'Epoch', seq: 'Sequence', kept: 'Events kept', size: 'Size', commit: 'Commit', dropped: 'Dropped', set_aside: 'Set aside', in_memory: 'In memory only',
    on: 'on', off: 'off', want: 'wanted', readback: 'read back', sounder: 'Sounder', strobe: 'Strobe', unverified: 'not read back',
    untrusted: 'clock not trusted', time: 'Time', what: 'Event', where: 'Where', none: 'none', page_stale: 'This page hears nothing any more; what follows is old', unsafe: 'Demonstration: unsigned commands are accepted', foot: 'Firepost does not replace a certified fire panel',
    k: { raised: 'raised', confirmed: 'confirmed', cleared: 'cleared', acknowledged: 'acknowledged', silenced: 'silenced', reset: 'reset', removed: 'removed', disabled: 'disabled', enabled: 'enabled', test_started: 'test started', test_ended: 'test ended', restored: 'restored', started: 'started', stopped: 'stopped', config_changed: 'configuration changed', config_refused: 'configuration refused', time_corrected: 'time corrected', journal_set_aside: 'journal set aside', dropped: 'records dropped' },
    c: { fire: 'Fire', prealarm: 'Pre-alarm', supervisory: 'Supervisory', fault: 'Fault', operation: 'Operation', lifecycle: 'Life cycle' },
    cause: { no_data: 'no data', single_read: 'single read', low_pressure: 'low pressure', high_pressure: 'high pressure', battery: 'battery low', tamper: 'tamper', invalid: 'invalid reading', out_of_range: 'out of range', unknown: 'unknown value' },
  },
};
