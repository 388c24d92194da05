package modbus

import "firepost/firmware-contracts/contract"

// FunctionOf is the function that reads a table (MODBUS Application Protocol V1.1b3, 6.1–6.4);
// a table that no contract can name reads as holding registers.
func FunctionOf(t contract.Table) Function {
	switch t {
	case contract.Coil:
		return ReadCoils
	case contract.Discrete:
		return ReadDiscreteInputs
	case contract.Input:
		return ReadInputRegisters
	case contract.Holding:
	}
	return ReadHoldingRegisters
}
